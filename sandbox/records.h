#pragma once

// What the sandbox saw: counters for tests to assert on, and a bounded list of events for people to read.
// Neither ever holds a token; tokens appear as `hashed_token`, the base64 of their SHA-256, as in GitHub's
// audit log.

#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "sandbox/call.h"
#include "sandbox/tokens.h"

namespace hubwarden::sandbox {

struct Totals {
  std::uint64_t rest_requests = 0;
  std::uint64_t git_requests = 0;
  std::uint64_t tokens_issued = 0;
  std::uint64_t tokens_revoked = 0;
  std::uint64_t rest_requests_with_expired_token = 0;
  std::uint64_t rest_requests_with_revoked_token = 0;
  std::uint64_t git_requests_with_expired_token = 0;
  std::uint64_t git_requests_with_revoked_token = 0;
  std::uint64_t requests_within_replication_lag = 0;
  std::uint64_t bad_credentials = 0;
  std::uint64_t faults_injected = 0;
  // Sent though an answer had told that the window is used up, or to wait.
  std::uint64_t requests_after_primary_limit = 0;
  std::uint64_t requests_during_secondary_limit = 0;
  // To the addresses that redirects lead to, and those of them that came with credentials.
  std::uint64_t file_requests = 0;
  std::uint64_t file_requests_with_credentials = 0;
};

class Records {
 public:
  static constexpr std::size_t kMaxEvents = 10'000;
  static constexpr std::size_t kMaxScopes = 100'000;
  static constexpr std::size_t kMaxDetail = 300;

  Totals totals;

  void answered(std::string_view route, const Call& call, int status, TimePoint at);
  // An answer by its status alone.
  void counted(std::string_view route, int status) { ++routes_[std::string(route)][status]; }
  void minted(const Token& token, TimePoint at);
  void happened(std::string_view kind, boost::json::object details, TimePoint at);
  void clear();

  // {"totals": {…}, "routes": {"GET /app": {"200": 3}}, "mints": [{"installation_id", "repository_ids",
  //  "permissions", "count"}]}
  boost::json::object counters() const;
  // Those after `since`, oldest first, at most `limit`.
  boost::json::array events(std::uint64_t since, std::size_t limit) const;

 private:
  struct Event {
    std::uint64_t sequence;
    TimePoint at;
    std::string kind;
    boost::json::object details;
  };
  struct Scope {
    std::uint64_t count = 0;
    boost::json::object shown;
  };

  std::map<std::string, std::map<int, std::uint64_t>, std::less<>> routes_;
  std::map<std::string, Scope, std::less<>> scopes_;
  std::deque<Event> events_;
  std::uint64_t next_sequence_ = 1;
};

}  // namespace hubwarden::sandbox
