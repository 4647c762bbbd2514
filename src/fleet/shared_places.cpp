#include "fleet/shared_places.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>
#include <vector>

#include "fleet/failure_value.h"
#include "fleet/json_members.h"
#include "fleet/key_names.h"
#include "redis/codec.h"
#include "redis/script.h"

namespace hubwarden::fleet {
namespace {

using redis::Reply;
using tokens::PlaceAnswer;
using tokens::SharedFailure;
using tokens::SharedPlace;

// A name of 140 bytes at most is not in it; a failure with GitHub's words is.
constexpr std::size_t kMaxPlaceValue = kMaxFailureValue;
// Nothing is kept for longer.
constexpr std::int64_t kLongestMilliseconds = 2 * 3'600'000;

constexpr redis::Script kFind("return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])}");

std::string value_of(const SharedPlace& place) {
  boost::json::object value;
  value["host"] = place.app.host();
  value["app"] = place.app.app();
  value["installation"] = place.found.installation.value();
  value["found_at"] = nanoseconds(place.found_at);
  if (place.found.renamed) value["renamed"] = place.found.renamed->value();
  return boost::json::serialize(value);
}

std::string value_of(const SharedFailure& failure) {
  return failure_value(failure);
}

std::optional<SharedPlace> place_in(std::string_view value) {
  const std::optional<boost::json::object> object = object_in(value, kMaxPlaceValue);
  if (!object) return std::nullopt;
  const auto host = text_at(*object, "host");
  const auto app = text_at(*object, "app");
  const auto installation = id_at<InstallationId>(*object, "installation");
  const auto found_at = time_at(*object, "found_at");
  const auto renamed = id_at<RepositoryId>(*object, "renamed");
  if (!host || !app || !installation || !found_at) return std::nullopt;
  return SharedPlace(tokens::AppRef(std::string(*host), std::string(*app)),
                     tokens::Found(*installation, renamed), *found_at);
}

}  // namespace

std::string place_value(const PlaceAnswer& answer) {
  return std::visit([](const auto& each) { return value_of(each); }, answer);
}

std::optional<PlaceAnswer> read_place_value(std::string_view value, SteadyPoint not_before) {
  std::optional<SharedPlace> place = place_in(value);
  if (place) return std::move(*place);
  std::optional<SharedFailure> failure = read_failure_value(value, not_before);
  if (failure) return std::move(*failure);
  return std::nullopt;
}

SharedPlaces::SharedPlaces(Parts parts, const SealKeys& keys)
    : parts_(parts),
      keys_(keys),
      found_(parts.metrics.counters(
          "hubwarden_shared_places_total",
          "Looks for where a repository is, in what the fleet shares, by what was found",
          {{"found", {"hit", "miss", "unreadable", "failed"}}})) {
}

net::Task<std::optional<PlaceAnswer>> SharedPlaces::find(std::string key) {
  const std::string name = KeyNames(key).place();
  std::vector<std::string> keys = {name};
  net::Task<Result<Reply>> finding = kFind.run(parts_.redis, std::move(keys), {});
  const Result<Reply> reply = co_await std::move(finding);
  if (!reply || reply->items().size() != 2) {
    found_.at(Looked::kFailed).add();
    co_return std::nullopt;
  }
  if (reply->items()[0].is_nil()) {
    found_.at(Looked::kMiss).add();
    co_return std::nullopt;
  }
  std::optional<PlaceAnswer> answer = opened(name, *reply);
  found_.at(answer ? Looked::kHit : Looked::kUnreadable).add();
  co_return answer;
}

std::optional<PlaceAnswer> SharedPlaces::opened(const std::string& name, const Reply& lying) const {
  const std::optional<Secret> value = keys_.open(name, lying.items()[0].text());
  if (!value) return std::nullopt;
  const std::int64_t left = std::clamp<std::int64_t>(lying.items()[1].integer(), 0, kLongestMilliseconds);
  return read_place_value(value->reveal(), parts_.clock.steady_now() + std::chrono::milliseconds(left));
}

net::Task<> SharedPlaces::keep(std::string key, PlaceAnswer answer, Duration for_how_long) {
  const auto length = std::chrono::duration_cast<std::chrono::milliseconds>(for_how_long).count();
  if (length < 1) co_return;
  const std::string name = KeyNames(key).place();
  const std::string sealed = keys_.seal(name, place_value(answer), parts_.random);
  std::string command = redis::command_text(
      {"SET", name, sealed, "PX", std::to_string(std::min(length, kLongestMilliseconds))});
  net::Task<Result<Reply>> asking = parts_.redis.ask(name, std::move(command));
  [[maybe_unused]] const Result<Reply> kept = co_await std::move(asking);
}

}  // namespace hubwarden::fleet
