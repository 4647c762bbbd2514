#include "sandbox/api_limits.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "sandbox/api.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::uint64_t kReadPoints = 1;
constexpr std::uint64_t kWritePoints = 5;

std::int64_t unix_seconds(TimePoint time) {
  return std::chrono::system_clock::to_time_t(time);
}

}  // namespace

std::string bucket_key(std::string_view party, std::string_view resource) {
  return std::string(party) + "#" + std::string(resource);
}

std::string window_key(const Exchange& exchange) {
  return bucket_key(exchange.window, exchange.resource);
}

std::string party_of(InstallationId installation) {
  return "installation:" + std::to_string(installation.value());
}

// Asking for the limit is free, and the way to learn that a bucket is open again.
void Api::check_patience(Exchange& exchange) {
  const Credentials credentials = credentials_of(exchange.call.header("Authorization"));
  if (const Token* token = state_.tokens.find(credentials.secret)) {
    exchange.installation = token->installation;
    exchange.party = party_of(token->installation);
  } else if (const auto minting = exchange.parameters.find("installation_id");
             minting != exchange.parameters.end()) {
    exchange.party = "mints:" + minting->second;
  }
  if (exchange.party.empty()) return;
  const Duration notice = state_.settings.limit_notice;
  const bool is_free = exchange.route && exchange.route->operation == "rate-limit/get";
  const std::string bucket = bucket_key(exchange.party, exchange.resource);
  if (state_.closed_buckets.was_told(exchange.party, exchange.now, notice)) {
    ++state_.records.totals.requests_during_secondary_limit;
  } else if (!is_free && state_.closed_buckets.was_told(bucket, exchange.now, notice)) {
    ++state_.records.totals.requests_after_primary_limit;
  }
}

void Api::close_bucket(const Exchange& exchange, const http::Response& answer) {
  if (exchange.party.empty()) return;
  const auto number = [&](std::string_view name) {
    const auto text = answer.fields().find(name);
    return text ? parse_number<std::int64_t>(*text) : std::nullopt;
  };
  const bool refuses = answer.status() == 403 || answer.status() == 429;
  if (const auto wait = number("Retry-After"); wait && refuses) {
    state_.closed_buckets.close(exchange.party, exchange.now, exchange.now + std::chrono::seconds(*wait));
  }
  const auto reset = number("X-RateLimit-Reset");
  if (!reset || number("X-RateLimit-Remaining") != 0) return;
  const TimePoint shown = std::chrono::system_clock::from_time_t(*reset);
  const TimePoint until = shown - (state_.shown(exchange.now) - exchange.now);
  const std::string resource(answer.fields().find("X-RateLimit-Resource").value_or("core"));
  state_.closed_buckets.close(bucket_key(exchange.party, resource), exchange.now, until);
}

// What arrives is let in or locked out then and there: those who are inside already are served.
void Api::take_points(Exchange& exchange) {
  if (!exchange.installation) return;
  const Settings& settings = state_.settings;
  const SecondaryLimits::Rule rule{settings.secondary_concurrency, settings.secondary_points,
                                   settings.secondary_lockout};
  const std::uint64_t points = exchange.reads() ? kReadPoints : kWritePoints;
  exchange.locked_until = state_.secondary.take(*exchange.installation, points, rule, exchange.now);
}

Api::Refused Api::check_secondary(Exchange& exchange) {
  if (!exchange.access || !exchange.locked_until) return std::nullopt;
  const Settings& settings = state_.settings;
  const Allowance allowance = allowance_of(settings, exchange.resource, Party::kInstallation);
  exchange.quota = state_.windows.look(window_key(exchange), allowance, exchange.now);
  http::Response answer = error_answer(settings.limit_status, kSecondaryMessage, kSecondaryDocs);
  const auto left = std::chrono::ceil<std::chrono::seconds>(*exchange.locked_until - exchange.now);
  answer.fields().set("Retry-After", std::to_string(std::max<std::int64_t>(left.count(), 1)));
  return answer;
}

// An App's own requests carry no limits.
Api::Refused Api::count(Exchange& exchange) {
  if (exchange.window.empty()) return std::nullopt;
  const Settings& settings = state_.settings;
  const Party party = exchange.access ? Party::kInstallation : Party::kAddress;
  const Allowance allowance = allowance_of(settings, exchange.resource, party);
  if (exchange.route && exchange.route->operation == "rate-limit/get") {
    exchange.quota = state_.windows.look(window_key(exchange), allowance, exchange.now);
    return std::nullopt;
  }
  exchange.quota = state_.windows.take(window_key(exchange), allowance, exchange.now);
  if (!exchange.quota->exceeded) return std::nullopt;
  return primary_limit(exchange);
}

void Api::add_limits(const Exchange& exchange, http::Response& answer) const {
  if (!exchange.quota || answer.fields().find("X-RateLimit-Remaining")) return;
  const Quota& quota = *exchange.quota;
  http::Fields& fields = answer.fields();
  fields.set("X-RateLimit-Limit", std::to_string(quota.limit));
  fields.set("X-RateLimit-Remaining", std::to_string(quota.remaining()));
  fields.set("X-RateLimit-Used", std::to_string(quota.used));
  fields.set("X-RateLimit-Reset", std::to_string(unix_seconds(state_.shown(quota.reset))));
  fields.set("X-RateLimit-Resource", exchange.resource);
}

// It names the installation, whether it is that of a token or the one to mint for, or the address.
http::Response Api::primary_limit(const Exchange& exchange) const {
  std::string whom = exchange.call.address;
  if (exchange.installation) whom = "installation ID " + std::to_string(exchange.installation->value());
  const auto minting = exchange.parameters.find("installation_id");
  if (minting != exchange.parameters.end()) whom = "installation ID " + minting->second;
  return error_answer(state_.settings.limit_status, "API rate limit exceeded for " + whom + ".",
                      kPrimaryDocs);
}

}  // namespace hubwarden::sandbox
