#pragma once

// What the control port was told to break: rules that are matched in order, each for a number of requests.

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace hubwarden::sandbox {

enum class FaultKind {
  kLatency,           // the true answer, late
  kStatus,            // a status with a message: {"message":"Server Error"} unless said otherwise
  kUnicorn,           // 503 with GitHub's HTML page
  kLargeBody,         // the true answer when it is a 200, with `bytes` bytes in place of its body
  kCutBody,           // the true answer, whose body ends before its Content-Length
  kLostAnswer,        // the request is carried out, and the answer is a 502
  kPrimaryLimit,      // 403, x-ratelimit-remaining: 0
  kSecondaryLimit,    // 403 "secondary rate limit", retry-after
  kFailedLoginLimit,  // 403 to whatever credentials
  kIpAllowList,       // 403 of an organization with an IP allow list
};

std::string_view to_string(FaultKind kind);  // "cut_body"
std::optional<FaultKind> parse_fault_kind(std::string_view text);

struct Fault {
  std::uint64_t id = 0;
  FaultKind kind = FaultKind::kStatus;
  // A route's name ("GET /app"), or a pattern with `*` for any run of characters; "*" is everything.
  std::string route = "*";
  // The same for the path as sent, without its query.
  std::string path = "*";
  std::uint64_t skip = 0;   // so many matching requests pass first
  std::uint64_t count = 1;  // then so many are hit
  Duration latency{};       // before the answer, with every kind
  int status = 500;
  std::string message = "Server Error";
  std::optional<std::chrono::seconds> retry_after;
  std::uint64_t bytes = 1024 * 1024;  // of a large body
};

bool matches_glob(std::string_view pattern, std::string_view text);

class FaultTable {
 public:
  static constexpr std::size_t kMaxFaults = 1000;

  Result<std::uint64_t> add(Fault fault);
  bool remove(std::uint64_t id);
  void clear() { faults_.clear(); }
  // The first rule that hits this request; it has one hit less afterwards.
  std::optional<Fault> take(std::string_view route, std::string_view path);
  const std::deque<Fault>& all() const { return faults_; }

 private:
  std::uint64_t next_id_ = 1;
  std::deque<Fault> faults_;
};

}  // namespace hubwarden::sandbox
