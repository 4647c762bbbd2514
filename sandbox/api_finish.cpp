#include <fmt/format.h>

#include <chrono>

#include "base/check.h"
#include "base/text.h"
#include "base/time_text.h"
#include "sandbox/api.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::string_view kSecondaryDocs =
    "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits";
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
  ++state_.records.totals.rest_requests;
  const std::string route = exchange.route ? exchange.route->name() : "unserved";
  state_.records.answered(route, exchange.call, answer.status(), exchange.now);
  return answer;
}

void Api::add_limits(const Exchange& exchange, http::Response& answer) const {
  if (!exchange.quota || answer.fields().find("X-RateLimit-Remaining")) return;
  const Quota& quota = *exchange.quota;
  http::Fields& fields = answer.fields();
  fields.set("X-RateLimit-Limit", std::to_string(quota.limit));
  fields.set("X-RateLimit-Remaining", std::to_string(quota.remaining()));
  fields.set("X-RateLimit-Used", std::to_string(quota.used));
  fields.set("X-RateLimit-Reset",
             std::to_string(std::chrono::system_clock::to_time_t(state_.shown(quota.reset))));
  fields.set("X-RateLimit-Resource", "core");
}

// ETags go by what the caller may see, so they differ between installations; a 304 does not count.
void Api::add_validators(const Exchange& exchange, http::Response& answer) {
  const auto* body = std::get_if<std::string>(&answer.body());
  if (!exchange.reads() || answer.status() != 200 || !body || exchange.app) return;
  const std::string etag = "W/\"" + hex(as_bytes(sha256(exchange.window + "\n" + *body))) + "\"";
  const auto known = exchange.call.header("If-None-Match");
  if (known && *known == etag) {
    state_.windows.give_back(exchange.window);
    answer = http::Response(304);
  }
  answer.fields().set("ETag", etag);
  answer.fields().set("Cache-Control", exchange.access ? "private, max-age=60, s-maxage=60"
                                                       : "public, max-age=60, s-maxage=60");
}

std::string Api::limited_party(const Exchange& exchange) const {
  if (const auto id = exchange.parameters.find("installation_id"); id != exchange.parameters.end()) {
    return "installation ID " + id->second;
  }
  const Credentials credentials = credentials_of(exchange.call.header("Authorization"));
  const Token* token = state_.tokens.find(credentials.secret);
  return token ? "installation ID " + std::to_string(token->installation.value()) : exchange.call.address;
}

http::Response Api::faulty(const Exchange& exchange, const Fault& fault) const {
  const auto limited = [&](std::string_view message, std::string_view docs) {
    http::Response answer = error_answer(403, message, docs);
    const auto wait = fault.retry_after.value_or(kDefaultRetryAfter);
    if (fault.kind == FaultKind::kSecondaryLimit)
      answer.fields().set("Retry-After", std::to_string(wait.count()));
    if (fault.kind == FaultKind::kPrimaryLimit) {
      answer.fields().set("X-RateLimit-Limit", std::to_string(state_.settings.rate_limit));
      answer.fields().set("X-RateLimit-Remaining", "0");
      answer.fields().set("X-RateLimit-Used", std::to_string(state_.settings.rate_limit));
      const TimePoint reset = state_.shown(exchange.now) + wait;
      answer.fields().set("X-RateLimit-Reset", std::to_string(std::chrono::system_clock::to_time_t(reset)));
      answer.fields().set("X-RateLimit-Resource", "core");
    }
    return answer;
  };
  switch (fault.kind) {
    case FaultKind::kStatus: {
      http::Response answer = error_answer(fault.status, fault.message);
      if (fault.retry_after) answer.fields().set("Retry-After", std::to_string(fault.retry_after->count()));
      return answer;
    }
    case FaultKind::kUnicorn: return unicorn();
    case FaultKind::kLostAnswer: return error_answer(502, "Server Error");
    case FaultKind::kPrimaryLimit:
      return limited("API rate limit exceeded for " + limited_party(exchange) + ".",
                     "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api");
    case FaultKind::kSecondaryLimit:
      return limited(
          "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
          kSecondaryDocs);
    case FaultKind::kFailedLoginLimit:
      return error_answer(403, "Maximum number of login attempts exceeded. Please try again later.");
    case FaultKind::kIpAllowList:
      return error_answer(
          403,
          "Although you appear to have the correct authorization credentials, the `acme` organization "
          "has an IP allow list enabled, and your IP address is not permitted to access this "
          "resource.");
    case FaultKind::kLatency:
    case FaultKind::kCutBody: break;
  }
  HW_CHECK(false);
}

}  // namespace hubwarden::sandbox
