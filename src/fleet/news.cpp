#include "fleet/news.h"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <utility>
#include <vector>

#include "base/text.h"
#include "fleet/json_members.h"

namespace hubwarden::fleet {
namespace {

using github::RateClosed;
using tokens::AppRef;
using tokens::Touched;

// In the order of Touched::What.
constexpr std::array<std::string_view, 3> kTouched = {"installation", "grants", "repository"};
// GitHub's names for resources are short words.
constexpr std::size_t kMaxResource = 64;

template <class Named>
boost::json::array shown(const std::vector<Named>& names) {
  boost::json::array array;
  for (const Named& each : names) array.emplace_back(each.shown());
  return array;
}

void add(boost::json::object& value, const Touched& touched) {
  value["touched"] = kTouched.at(static_cast<std::size_t>(touched.what()));
  if (touched.what() == Touched::What::kRepository) {
    value["repository"] = touched.repository()->value();
    value["names"] = shown(touched.names());
    return;
  }
  boost::json::array apps;
  for (const AppRef& each : touched.apps()) apps.emplace_back(each.app());
  value["apps"] = std::move(apps);
  value["installation"] = touched.installation()->value();
  value["owners"] = shown(touched.owners());
}

void add(boost::json::object& value, const RateClosed& closed) {
  value["closed"] = closed.resource;
  value["installation"] = closed.installation.value();
  value["until"] = nanoseconds(closed.until);
}

// Nothing when one of them is no such name.
template <class Name>
std::optional<std::vector<Name>> names_at(const boost::json::object& value, std::string_view key) {
  const boost::json::array* const array = array_at(value, key);
  if (array == nullptr) return std::nullopt;
  std::vector<Name> names;
  for (const boost::json::value& each : *array) {
    if (!each.is_string()) return std::nullopt;
    Result<Name> name = Name::parse(std::string_view(each.get_string()));
    if (!name) return std::nullopt;
    names.push_back(std::move(*name));
  }
  return names;
}

std::optional<std::vector<AppRef>> apps_at(const boost::json::object& value, const std::string& host) {
  const boost::json::array* const array = array_at(value, "apps");
  if (array == nullptr) return std::nullopt;
  std::vector<AppRef> apps;
  for (const boost::json::value& each : *array) {
    if (!each.is_string()) return std::nullopt;
    apps.emplace_back(host, std::string(each.get_string()));
  }
  return apps;
}

std::optional<Change> touched_in(const boost::json::object& value, const std::string& host) {
  const std::string_view what = *text_at(value, "touched");
  if (what == kTouched[2]) {
    const auto id = id_at<RepositoryId>(value, "repository");
    auto names = names_at<policy::Repository>(value, "names");
    if (!id || !names) return std::nullopt;
    return Touched::repository(*id, std::move(*names));
  }
  const auto id = id_at<InstallationId>(value, "installation");
  auto apps = apps_at(value, host);
  auto owners = names_at<policy::Owner>(value, "owners");
  if (!id || !apps || !owners) return std::nullopt;
  if (what == kTouched[0]) return Touched::installation(std::move(*apps), *id, std::move(*owners));
  if (what == kTouched[1]) return Touched::grants(std::move(*apps), *id);
  return std::nullopt;
}

std::optional<Change> closed_in(const boost::json::object& value) {
  const auto resource = text_at(value, "closed");
  const auto installation = id_at<InstallationId>(value, "installation");
  const auto until = time_at(value, "until");
  if (!resource || resource->size() > kMaxResource || !installation || !until) return std::nullopt;
  return RateClosed(*installation, std::string(*resource), *until);
}

}  // namespace

std::string news_value(const News& news) {
  boost::json::object value;
  value["id"] = std::to_string(news.id);  // more than JSON's numbers hold
  value["at"] = nanoseconds(news.told_at);
  value["host"] = news.host;
  std::visit([&value](const auto& change) { add(value, change); }, news.change);
  return boost::json::serialize(value);
}

std::optional<News> read_news_value(std::string_view value) {
  const std::optional<boost::json::object> object = object_in(value, kMaxNewsValue);
  if (!object) return std::nullopt;
  const auto id_text = text_at(*object, "id");
  const auto id = id_text ? parse_number<std::uint64_t>(*id_text) : std::nullopt;
  const auto told_at = time_at(*object, "at");
  const auto host_text = text_at(*object, "host");
  if (!id || !told_at || !host_text) return std::nullopt;
  std::string host(*host_text);
  std::optional<Change> change = text_at(*object, "touched") ? touched_in(*object, host) : closed_in(*object);
  if (!change) return std::nullopt;
  if (auto* const touched = std::get_if<Touched>(&*change)) *touched = std::move(*touched).as_of(*told_at);
  return News(*id, *told_at, std::move(host), std::move(*change));
}

}  // namespace hubwarden::fleet
