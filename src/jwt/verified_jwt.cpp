#include "jwt/verified_jwt.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <cstdint>
#include <utility>

#include "wire/strict_json.h"

namespace hubwarden::jwt {
namespace {

namespace bj = boost::json;

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kUnauthenticated, "the JWT " + std::move(why));
}

// RFC 7519, 2, "NumericDate": seconds since 1970, fractions allowed. Nothing if it is not there.
Result<std::optional<TimePoint>> time_at(const bj::object& claims, std::string_view name) {
  const bj::value* const value = claims.if_contains(name);
  if (value == nullptr) return std::optional<TimePoint>();
  std::optional<std::int64_t> seconds;
  if (const std::int64_t* const whole = value->if_int64()) {
    seconds = *whole;
  } else if (const double* const fraction = value->if_double()) {
    const double floor = std::floor(*fraction);
    if (floor >= 0 && floor <= static_cast<double>(VerifiedJwt::kLastSecond))
      seconds = static_cast<std::int64_t>(floor);
  }
  const bool is_time = seconds && *seconds >= 0 && *seconds <= VerifiedJwt::kLastSecond;
  if (!is_time) return refuse("has an \"" + std::string(name) + "\" that is no time");
  return std::optional(TimePoint(std::chrono::seconds(*seconds)));
}

// RFC 7519, 4.1.3: one text or a list of them.
bool is_for(const bj::value& audience, std::string_view ours) {
  if (audience.is_string()) return audience.get_string() == ours;
  const bj::array* const list = audience.if_array();
  const auto is_text = [](const bj::value& each) { return each.is_string(); };
  return list != nullptr && std::ranges::all_of(*list, is_text) &&
         std::ranges::any_of(*list, [&](const bj::value& each) { return each.get_string() == ours; });
}

}  // namespace

Result<VerifiedJwt> VerifiedJwt::from(const RawJwt& raw, const KeySet& keys, const Expected& expected,
                                      TimePoint now) {
  const std::vector<const VerificationKey*> candidates = raw.keys_of(keys);
  if (candidates.empty()) return refuse("is signed with a key that its issuer does not publish");
  const bool is_signed =
      std::ranges::any_of(candidates, [&raw](const VerificationKey* key) { return raw.is_signed_by(*key); });
  if (!is_signed) return refuse("has a signature that is not its issuer's");

  VerifiedJwt jwt;
  jwt.claims_ = raw.claims_;
  jwt.digest_ = raw.digest_;
  const Result<> parties = jwt.read_parties(expected);
  if (!parties) return std::unexpected(parties.error());
  const Result<> times = jwt.read_times(now);
  if (!times) return std::unexpected(times.error());
  return jwt;
}

Result<> VerifiedJwt::read_parties(const Expected& expected) {
  issuer_ = wire::text_at(claims_, "iss").value_or("");
  if (issuer_ != expected.issuer) return refuse("is of another issuer");
  const bj::value* const audience = claims_.if_contains("aud");
  if (audience == nullptr || !is_for(*audience, expected.audience)) {
    return refuse("is for another audience; ask its issuer for one with the audience \"" + expected.audience +
                  "\"");
  }
  subject_ = wire::text_at(claims_, "sub").value_or("");
  if (subject_.empty() || subject_.size() > kMaxSubject) return refuse("has no subject that can be used");
  return {};
}

Result<> VerifiedJwt::read_times(TimePoint now) {
  const Result<std::optional<TimePoint>> expires = time_at(claims_, "exp");
  if (!expires) return std::unexpected(expires.error());
  if (!*expires) return refuse("has no \"exp\": it would be good for ever");
  const Result<std::optional<TimePoint>> begins = time_at(claims_, "nbf");
  if (!begins) return std::unexpected(begins.error());
  const Result<std::optional<TimePoint>> issued = time_at(claims_, "iat");
  if (!issued) return std::unexpected(issued.error());

  expires_at_ = **expires;
  if (now >= expires_at_ + kLeeway) return refuse("has expired");
  if (*begins && now < **begins - kLeeway) return refuse("is not good yet");
  if (*issued && now < **issued - kLeeway) return refuse("was issued in the future");
  const bool ends_before_it_begins =
      (*begins && expires_at_ <= **begins) || (*issued && expires_at_ <= **issued);
  if (ends_before_it_begins) return refuse("ends before it begins");
  return {};
}

}  // namespace hubwarden::jwt
