#include "sandbox/app_jwt.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <optional>

#include "base/text.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

constexpr std::string_view kUndecodable = "A JSON web token could not be decoded";
constexpr std::string_view kIssuer = "'Issuer' claim ('iss') must be an Integer";
constexpr std::string_view kExpired =
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
    "assertion "
    "expires";
constexpr std::string_view kTooFar = "'Expiration time' claim ('exp') is too far in the future";
constexpr std::string_view kIssuedAt =
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";

constexpr seconds kMaxAhead = std::chrono::minutes(10);
constexpr std::size_t kMaxToken = 8192;  // GitHub's header lines are bounded alike

std::unexpected<std::string> refuse(std::string_view message) {
  return std::unexpected(std::string(message));
}

std::optional<json::object> decode_part(std::string_view part) {
  const auto text = decode_base64url(part);
  if (!text) return std::nullopt;
  boost::system::error_code error;
  json::value value = json::parse(*text, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::optional<std::int64_t> integer(const json::object& claims, std::string_view name) {
  const json::value* value = claims.if_contains(name);
  if (!value) return std::nullopt;
  if (value->is_int64()) return value->as_int64();
  return std::nullopt;
}

std::expected<const App*, std::string> issuer_of(const json::object& claims, const World& world,
                                                 QuotedIssuer quoted) {
  if (const auto number = integer(claims, "iss")) {
    const App* app = *number < 0 ? nullptr : world.app(AppId(static_cast<std::uint64_t>(*number)));
    if (!app) return refuse(kUndecodable);
    return app;
  }
  const json::value* value = claims.if_contains("iss");
  if (!value || !value->is_string()) return refuse(kIssuer);
  const std::string_view text(value->as_string());
  if (const App* app = world.app_by_client_id(text)) return app;
  const auto number = parse_number<std::uint64_t>(text);
  const App* app = number && quoted == QuotedIssuer::kAccept ? world.app(AppId(*number)) : nullptr;
  if (!app) return refuse(kIssuer);
  return app;
}

std::optional<std::string_view> fault_in_times(const json::object& claims, TimePoint now) {
  const auto clock = std::chrono::floor<seconds>(now).time_since_epoch().count();
  const auto expires = integer(claims, "exp");
  if (!expires || *expires <= clock) return kExpired;
  if (*expires > clock + kMaxAhead.count()) return kTooFar;
  const auto issued = integer(claims, "iat");
  if (!issued || *issued > clock) return kIssuedAt;
  return std::nullopt;
}

}  // namespace

bool looks_like_jwt(std::string_view credential) {
  return std::count(credential.begin(), credential.end(), '.') == 2 && !credential.starts_with("ghs_");
}

std::expected<AppId, std::string> check_app_jwt(std::string_view token, const World& world, TimePoint now,
                                                QuotedIssuer quoted) {
  const auto parts = split(token, '.');
  if (token.size() > kMaxToken || parts.size() != 3) return refuse(kUndecodable);
  const auto header = decode_part(parts[0]);
  const auto claims = decode_part(parts[1]);
  const auto signature = decode_base64url(parts[2]);
  if (!header || !claims || !signature) return refuse(kUndecodable);
  const json::value* algorithm = header->if_contains("alg");
  if (!algorithm || *algorithm != "RS256") return refuse(kUndecodable);

  const auto app = issuer_of(*claims, world, quoted);
  if (!app) return std::unexpected(app.error());
  const std::string_view signed_text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  const auto& keys = (*app)->keys;
  const bool signed_by_app = std::any_of(keys.begin(), keys.end(), [&](const PublicKey& key) {
    return key.verifies_rs256(signed_text, *signature);
  });
  if (!signed_by_app) return refuse(kUndecodable);
  if (const auto fault = fault_in_times(*claims, now)) return refuse(*fault);
  return (*app)->id;
}

}  // namespace hubwarden::sandbox
