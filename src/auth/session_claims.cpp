#include "auth/session_claims.h"

#include <boost/json/array.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "auth/cut_claims.h"
#include "jwt/verified_jwt.h"
#include "store/hex_id.h"
#include "wire/strict_json.h"

namespace hubwarden::auth {
namespace {

namespace bj = boost::json;

std::int64_t seconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

bj::object written(const policy::Attributes& attributes) {
  bj::object object;
  for (const auto& [name, values] : attributes) {
    bj::array list;
    for (const std::string& value : values) list.emplace_back(std::string_view(value));
    object[name] = std::move(list);
  }
  return object;
}

std::optional<TimePoint> time_at(const bj::object& claims, std::string_view name) {
  const bj::value* const value = claims.if_contains(name);
  const std::int64_t* const found = value != nullptr ? value->if_int64() : nullptr;
  if (found == nullptr || *found < 0 || *found > jwt::VerifiedJwt::kLastSecond) return std::nullopt;
  return TimePoint(std::chrono::seconds(*found));
}

std::optional<policy::Attributes> attributes_at(const bj::object& claims, std::string_view name) {
  const bj::value* const value = claims.if_contains(name);
  const bj::object* const object = value != nullptr ? value->if_object() : nullptr;
  if (object == nullptr) return std::nullopt;
  policy::Attributes attributes;
  for (const auto& member : *object) {
    const bj::array* const list = member.value().if_array();
    if (list == nullptr) return std::nullopt;
    for (const bj::value& each : *list) {
      if (!each.is_string() || !attributes.add(member.key(), std::string_view(each.get_string())))
        return std::nullopt;
    }
  }
  return attributes;
}

}  // namespace

bj::object session_claims(const Session& session) {
  bj::object claims = {{"sub", session.agent},
                       {"sid", to_text(session.id)},
                       {"iat", seconds(session.issued_at)},
                       {"exp", seconds(session.expires_at)},
                       {"renewable_until", seconds(session.renewable_until)},
                       {"by", session.caller.issuer},
                       {"tenant", session.tenant},
                       {"attributes", written(session.caller.attributes)}};
  if (!session.cuts.empty()) claims["cuts"] = cut_claims(session.cuts);
  return claims;
}

std::optional<Session> read_session_claims(const bj::object& claims) {
  const auto id_text = wire::text_at(claims, "sid");
  const auto id = id_text ? store::parse_hex_id(*id_text) : std::nullopt;
  const auto agent = wire::text_at(claims, "sub");
  const auto by = wire::text_at(claims, "by");
  const auto tenant = wire::text_at(claims, "tenant");
  const auto issued_at = time_at(claims, "iat");
  const auto expires_at = time_at(claims, "exp");
  const auto renewable_until = time_at(claims, "renewable_until");
  auto attributes = attributes_at(claims, "attributes");
  auto cuts = read_cut_claims(claims);
  const bool has_times = issued_at && expires_at && renewable_until;
  if (!id || !agent || !by || !tenant || !has_times || !attributes || !cuts) return std::nullopt;
  Session session(SessionId(*id), rules::Caller(std::string(*by), *std::move(attributes)));
  session.agent = *agent;
  session.tenant = *tenant;
  session.issued_at = *issued_at;
  session.expires_at = *expires_at;
  session.renewable_until = *renewable_until;
  session.cuts = *std::move(cuts);
  return session;
}

}  // namespace hubwarden::auth
