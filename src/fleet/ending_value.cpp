#include "fleet/ending_value.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/token_text.h"
#include "crypto/fingerprint.h"
#include "fleet/json_members.h"

namespace hubwarden::fleet {
namespace {

constexpr std::string_view kOpening = R"({"token":")";

}  // namespace

Secret ending_value(const tokens::Ending& ending) {
  boost::json::object rest;
  rest["host"] = ending.app.host();
  rest["app"] = ending.app.app();
  rest["due"] = nanoseconds(ending.due);
  rest["dead_at"] = nanoseconds(ending.dead_at);
  const std::string tail = boost::json::serialize(rest);
  // A token stands in JSON as it is; written once, into memory that is wiped.
  std::string value;
  value.reserve(kOpening.size() + ending.token.size() + tail.size() + 1);
  value.append(kOpening).append(ending.token.reveal()).append("\",").append(tail, 1);
  return Secret::absorb(value);
}

tokens::EndingPtr read_ending_value(std::string_view value) {
  const std::optional<boost::json::object> object = object_in(value, kMaxEndingValue);
  if (!object) return nullptr;
  const auto token = text_at(*object, "token");
  const auto host = text_at(*object, "host");
  const auto app = text_at(*object, "app");
  const auto due = time_at(*object, "due");
  const auto dead_at = time_at(*object, "dead_at");
  if (!token || !host || !app || !due || !dead_at) return nullptr;
  if (token->empty() || token->size() > kMaxToken || !is_token_text(*token)) return nullptr;
  Secret secret(*token);
  std::string fingerprint = crypto::fingerprint(secret).text();
  return std::make_shared<const tokens::Ending>(tokens::AppRef(std::string(*host), std::string(*app)),
                                                std::move(secret), std::move(fingerprint), *due, *dead_at);
}

}  // namespace hubwarden::fleet
