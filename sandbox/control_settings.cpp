#include <boost/json/array.hpp>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"
#include "sandbox/control_routes.h"
#include "sandbox/json_reader.h"
#include "sandbox/large_body.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view kFormats[] = {"classic", "stateless"};
constexpr std::string_view kQuoted[] = {"accept", "refuse"};

std::string signed_duration(Duration duration) {
  return duration < Duration::zero() ? "-" + duration_text(-duration) : duration_text(duration);
}

json::object show(const Settings& settings) {
  return {{"token_lifetime", duration_text(settings.token_lifetime)},
          {"token_format", kFormats[settings.token_format == TokenFormat::kStateless]},
          {"replication_lag", duration_text(settings.replication_lag)},
          {"replication_lag_status", settings.replication_lag_status},
          {"clock_skew", signed_duration(settings.clock_skew)},
          {"quoted_issuer", kQuoted[settings.quoted_issuer == QuotedIssuer::kRefuse]},
          {"rate_limit", settings.rate_limit},
          {"search_rate_limit", settings.search_rate_limit},
          {"code_search_rate_limit", settings.code_search_rate_limit},
          {"anonymous_rate_limit", settings.anonymous_rate_limit},
          {"failed_login_limit", settings.failed_login_limit},
          {"failed_login_lockout", duration_text(settings.failed_login_lockout)},
          {"limit_status", settings.limit_status},
          {"secondary_concurrency", settings.secondary_concurrency},
          {"secondary_points", settings.secondary_points},
          {"secondary_lockout", duration_text(settings.secondary_lockout)},
          {"limit_notice", duration_text(settings.limit_notice)}};
}

json::object show(const Fault& fault) {
  return {{"id", fault.id},
          {"kind", to_string(fault.kind)},
          {"route", fault.route},
          {"path", fault.path},
          {"skip", fault.skip},
          {"count", fault.count},
          {"latency", duration_text(fault.latency)},
          {"status", fault.status},
          {"message", fault.message},
          {"bytes", fault.bytes}};
}

// Those of requests; the status is left to be checked.
std::uint64_t read_limits(JsonReader& body, Settings& next) {
  next.search_rate_limit = body.number("search_rate_limit", next.search_rate_limit);
  next.code_search_rate_limit = body.number("code_search_rate_limit", next.code_search_rate_limit);
  next.secondary_concurrency = body.number("secondary_concurrency", next.secondary_concurrency);
  next.secondary_points = body.number("secondary_points", next.secondary_points);
  next.secondary_lockout = body.duration("secondary_lockout", next.secondary_lockout);
  next.limit_notice = body.duration("limit_notice", next.limit_notice);
  return body.number("limit_status", static_cast<std::uint64_t>(next.limit_status));
}

}  // namespace

ControlAnswer show_settings(ControlContext& context) {
  return show(context.github.state().settings);
}

ControlAnswer change_settings(ControlContext& context) {
  JsonReader body(context.body);
  Settings next = context.github.state().settings;
  next.token_lifetime = body.duration("token_lifetime", next.token_lifetime);
  const std::size_t format =
      body.choice("token_format", kFormats, next.token_format == TokenFormat::kStateless);
  next.token_format = format == 1 ? TokenFormat::kStateless : TokenFormat::kClassic;
  next.replication_lag = body.duration("replication_lag", next.replication_lag);
  const std::uint64_t status =
      body.number("replication_lag_status", static_cast<std::uint64_t>(next.replication_lag_status));
  next.clock_skew = body.duration("clock_skew", next.clock_skew);
  const std::size_t quoted =
      body.choice("quoted_issuer", kQuoted, next.quoted_issuer == QuotedIssuer::kRefuse);
  next.quoted_issuer = quoted == 1 ? QuotedIssuer::kRefuse : QuotedIssuer::kAccept;
  next.rate_limit = body.number("rate_limit", next.rate_limit);
  next.anonymous_rate_limit = body.number("anonymous_rate_limit", next.anonymous_rate_limit);
  next.failed_login_limit = body.number("failed_login_limit", next.failed_login_limit);
  next.failed_login_lockout = body.duration("failed_login_lockout", next.failed_login_lockout);
  const std::uint64_t limit_status = read_limits(body, next);
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());
  if (status != 401 && status != 403 && status != 404) {
    return fail(ErrorCode::kInvalidRequest, "replication_lag_status must be 401, 403 or 404");
  }
  if (next.token_lifetime <= Duration::zero() || next.replication_lag < Duration::zero() ||
      next.failed_login_lockout < Duration::zero() || next.secondary_lockout < Duration::zero() ||
      next.limit_notice < Duration::zero()) {
    return fail(ErrorCode::kInvalidRequest, "only clock_skew may be negative, and token_lifetime not zero");
  }
  if (limit_status != 403 && limit_status != 429) {
    return fail(ErrorCode::kInvalidRequest, "limit_status must be 403 or 429");
  }
  next.replication_lag_status = static_cast<int>(status);
  next.limit_status = static_cast<int>(limit_status);
  context.github.state().settings = next;
  return show(next);
}

ControlAnswer create_fault(ControlContext& context) {
  JsonReader body(context.body);
  Fault fault;
  const std::string kind = body.text("kind");
  fault.route = body.text("route", fault.route);
  fault.path = body.text("path", fault.path);
  fault.skip = body.number("skip", 0);
  fault.count = body.number("count", 1);
  fault.latency = body.duration("latency", Duration::zero());
  const std::uint64_t status = body.number("status", 500);
  fault.message = body.text("message", fault.message);
  const std::uint64_t retry_after = body.number("retry_after", 0);
  fault.bytes = body.number("bytes", fault.bytes);
  if (body.has("retry_after")) fault.retry_after = std::chrono::seconds(retry_after);
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());
  const auto parsed = parse_fault_kind(kind);
  if (!parsed) return fail(ErrorCode::kInvalidRequest, "unknown kind of fault: " + printable(kind, 80));
  if (status < 400 || status > 599) return fail(ErrorCode::kInvalidRequest, "status must lie in 400 to 599");
  if (fault.count == 0 || fault.latency < Duration::zero() || retry_after > 86'400) {
    return fail(ErrorCode::kInvalidRequest, "count, latency or retry_after is out of range");
  }
  if (fault.bytes < kMinLargeBody || fault.bytes > kMaxLargeBody) {
    return fail(ErrorCode::kInvalidRequest, "bytes is out of range");
  }
  fault.kind = *parsed;
  fault.status = static_cast<int>(status);
  const auto id = context.github.state().faults.add(std::move(fault));
  if (!id) return std::unexpected(id.error());
  return show(context.github.state().faults.all().back());
}

ControlAnswer list_faults(ControlContext& context) {
  json::array list;
  for (const Fault& fault : context.github.state().faults.all()) list.push_back(show(fault));
  return list;
}

ControlAnswer clear_faults(ControlContext& context) {
  context.github.state().faults.clear();
  return json::object();
}

ControlAnswer delete_fault(ControlContext& context) {
  const auto id = parse_number<std::uint64_t>(context.parameters.front());
  if (!id || !context.github.state().faults.remove(*id)) return fail(ErrorCode::kNotFound, "no such fault");
  return json::object();
}

ControlAnswer revoke_installation_tokens(ControlContext& context) {
  const auto id = parse_number<std::uint64_t>(context.parameters.front());
  if (!id || !context.world().installation(InstallationId(*id))) {
    return fail(ErrorCode::kNotFound, "no such installation");
  }
  const std::size_t revoked = context.github.state().tokens.revoke_all(InstallationId(*id));
  context.github.state().records.totals.tokens_revoked += revoked;
  return json::object{{"revoked", revoked}};
}

ControlAnswer revoke_one_token(ControlContext& context) {
  JsonReader body(context.body);
  const std::string token = body.text("token", "");
  const std::string hashed = body.text("hashed_token", token.empty() ? "" : hashed_token(token));
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());
  if (!context.github.state().tokens.revoke(hashed)) return fail(ErrorCode::kNotFound, "no such token");
  ++context.github.state().records.totals.tokens_revoked;
  return json::object{{"revoked", 1}};
}

}  // namespace hubwarden::sandbox
