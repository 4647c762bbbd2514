#include <fmt/format.h>

#include <chrono>

#include "base/check.h"
#include "base/text.h"
#include "base/time_text.h"
#include "sandbox/api.h"
#include "sandbox/api_limits.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::chrono::seconds kDefaultRetryAfter{60};

// As GitHub writes them: groups of hexadecimal digits.
std::string request_id(Random& random) {
  const std::uint64_t a = random.next();
  const std::uint64_t b = random.next();
  return fmt::format("{:04X}:{:06X}:{:07X}:{:07X}:{:08X}", a & 0xFFFF, (a >> 16) & 0xFFFFFF, a >> 40,
                     b & 0xFFFFFFF, (b >> 28) & 0xFFFFFFFF);
}

}  // namespace

http::Response Api::finish(Exchange& exchange, http::Response answer) {
  http::Fields& fields = answer.fields();
  add_validators(exchange, answer);
  fields.set("Date", http_date(state_.shown(exchange.now)));
  fields.set("X-GitHub-Request-Id", request_id(random_));
  fields.set("X-GitHub-Media-Type", "github.v3; format=json");
  if (!exchange.version.empty()) fields.set("X-GitHub-Api-Version-Selected", exchange.version);
  fields.set("Vary",
             "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding, Accept, X-Requested-With");
  if (exchange.route && exchange.access) {
    const std::string_view accepted = exchange.route->accepted;
    fields.set("X-Accepted-GitHub-Permissions",
               accepted.empty() ? "allows_permissionless_access=true" : std::string(accepted));
  }
  add_limits(exchange, answer);
  close_bucket(exchange, answer);
  ++state_.records.totals.rest_requests;
  const std::string route = exchange.route ? exchange.route->name() : "unserved";
  state_.records.answered(route, exchange.call, answer.status(), exchange.now);
  return answer;
}

// ETags go by what the caller may see, so they differ between installations; a 304 does not count.
void Api::add_validators(Exchange& exchange, http::Response& answer) {
  const auto* body = std::get_if<std::string>(&answer.body());
  if (!exchange.reads() || answer.status() != 200 || !body || exchange.app) return;
  const std::string etag = "W/\"" + hex(as_bytes(sha256(exchange.window + "\n" + *body))) + "\"";
  const auto known = exchange.call.header("If-None-Match");
  if (known && *known == etag) {
    state_.windows.give_back(window_key(exchange));
    if (exchange.quota && exchange.quota->used > 0) --exchange.quota->used;
    answer = http::Response(304);
  }
  answer.fields().set("ETag", etag);
  answer.fields().set("Cache-Control", exchange.access ? "private, max-age=60, s-maxage=60"
                                                       : "public, max-age=60, s-maxage=60");
}

http::Response Api::limited(const Exchange& exchange, const Fault& fault) const {
  const bool primary = fault.kind == FaultKind::kPrimaryLimit;
  const auto wait = fault.retry_after.value_or(kDefaultRetryAfter);
  http::Response answer = primary
                              ? primary_limit(exchange)
                              : error_answer(state_.settings.limit_status, kSecondaryMessage, kSecondaryDocs);
  if (!primary) {
    answer.fields().set("Retry-After", std::to_string(wait.count()));
    return answer;
  }
  const std::string limit =
      std::to_string(allowance_of(state_.settings, exchange.resource, Party::kInstallation).limit);
  const TimePoint reset = state_.shown(exchange.now) + wait;
  answer.fields().set("X-RateLimit-Limit", limit);
  answer.fields().set("X-RateLimit-Remaining", "0");
  answer.fields().set("X-RateLimit-Used", limit);
  answer.fields().set("X-RateLimit-Reset", std::to_string(std::chrono::system_clock::to_time_t(reset)));
  answer.fields().set("X-RateLimit-Resource", exchange.resource);
  return answer;
}

http::Response Api::faulty(const Exchange& exchange, const Fault& fault) const {
  switch (fault.kind) {
    case FaultKind::kStatus: {
      http::Response answer = error_answer(fault.status, fault.message);
      if (fault.retry_after) answer.fields().set("Retry-After", std::to_string(fault.retry_after->count()));
      return answer;
    }
    case FaultKind::kUnicorn: return unicorn();
    case FaultKind::kLostAnswer: return error_answer(502, "Server Error");
    case FaultKind::kPrimaryLimit:
    case FaultKind::kSecondaryLimit: return limited(exchange, fault);
    case FaultKind::kFailedLoginLimit:
      return error_answer(403, "Maximum number of login attempts exceeded. Please try again later.");
    case FaultKind::kIpAllowList:
      return error_answer(
          403,
          "Although you appear to have the correct authorization credentials, the `acme` organization "
          "has an IP allow list enabled, and your IP address is not permitted to access this "
          "resource.");
    case FaultKind::kLatency:
    case FaultKind::kLargeBody:
    case FaultKind::kCutBody: break;
  }
  HW_CHECK(false);
}

}  // namespace hubwarden::sandbox
