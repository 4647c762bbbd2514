#include "sandbox/records.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

json::object scope_of(const Token& token) {
  json::value repositories = "all";
  if (token.repositories) {
    json::array ids;
    for (const RepositoryId id : *token.repositories) ids.emplace_back(id.value());
    repositories = std::move(ids);
  }
  return {{"installation_id", token.installation.value()},
          {"repository_ids", std::move(repositories)},
          {"permissions", text_of(token.permissions)}};
}

json::object shown(const Totals& totals) {
  return {{"rest_requests", totals.rest_requests},
          {"git_requests", totals.git_requests},
          {"tokens_issued", totals.tokens_issued},
          {"tokens_revoked", totals.tokens_revoked},
          {"rest_requests_with_expired_token", totals.rest_requests_with_expired_token},
          {"rest_requests_with_revoked_token", totals.rest_requests_with_revoked_token},
          {"git_requests_with_expired_token", totals.git_requests_with_expired_token},
          {"git_requests_with_revoked_token", totals.git_requests_with_revoked_token},
          {"requests_within_replication_lag", totals.requests_within_replication_lag},
          {"bad_credentials", totals.bad_credentials},
          {"faults_injected", totals.faults_injected},
          {"requests_after_primary_limit", totals.requests_after_primary_limit},
          {"requests_during_secondary_limit", totals.requests_during_secondary_limit},
          {"file_requests", totals.file_requests},
          {"file_requests_with_credentials", totals.file_requests_with_credentials}};
}

}  // namespace

void Records::answered(std::string_view route, const Call& call, int status, TimePoint at) {
  ++routes_[std::string(route)][status];
  json::object details = {{"route", route}, {"path", printable(call.path, kMaxDetail)}, {"status", status}};
  const auto trace = call.header("traceparent");
  if (trace) details["traceparent"] = printable(*trace, kMaxDetail);
  happened("request", std::move(details), at);
}

void Records::minted(const Token& token, TimePoint at) {
  ++totals.tokens_issued;
  json::object scope = scope_of(token);
  const std::string key = json::serialize(scope);
  if (scopes_.contains(key) || scopes_.size() < kMaxScopes) {
    Scope& entry = scopes_[key];
    ++entry.count;
    entry.shown = scope;
  }
  json::object details = std::move(scope);
  details["hashed_token"] = token.hashed;
  details["expires_at"] = rfc3339(token.expires_at);
  happened("mint", std::move(details), at);
}

void Records::happened(std::string_view kind, json::object details, TimePoint at) {
  if (events_.size() >= kMaxEvents) events_.pop_front();
  events_.push_back(Event{next_sequence_++, at, std::string(kind), std::move(details)});
}

void Records::clear() {
  totals = Totals();
  routes_.clear();
  scopes_.clear();
  events_.clear();
}

json::object Records::counters() const {
  json::object by_route;
  for (const auto& [route, statuses] : routes_) {
    json::object counts;
    for (const auto& [status, count] : statuses) counts[std::to_string(status)] = count;
    by_route[route] = std::move(counts);
  }
  json::array mints;
  for (const auto& [key, scope] : scopes_) {
    json::object one = scope.shown;
    one["count"] = scope.count;
    mints.push_back(std::move(one));
  }
  return {{"totals", shown(totals)}, {"routes", std::move(by_route)}, {"mints", std::move(mints)}};
}

json::array Records::events(std::uint64_t since, std::size_t limit) const {
  json::array list;
  for (const Event& event : events_) {
    if (event.sequence <= since) continue;
    if (list.size() >= limit) break;
    json::object one{{"sequence", event.sequence}, {"at", rfc3339(event.at)}, {"kind", event.kind}};
    for (const auto& [name, value] : event.details) one[name] = value;
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace hubwarden::sandbox
