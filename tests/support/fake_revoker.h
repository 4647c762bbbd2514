#pragma once

// GitHub as it is told to take tokens back: remembers which and when, and is away when told.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/timers.h"
#include "tests/support/virtual_time.h"
#include "tokens/ending.h"

namespace hubwarden::testing {

class FakeRevoker final : public tokens::Revoker {
 public:
  explicit FakeRevoker(VirtualTime& time) : time_(time) {}

  Duration takes = std::chrono::milliseconds(50);
  std::optional<Error> error;
  int asked = 0;
  std::vector<std::string> revoked;                    // token values, each time
  std::map<std::string, TimePoint, std::less<>> when;  // by token value

  net::Task<Result<>> revoke(tokens::AppRef, Secret token, http::CallContext context) override {
    ++asked;
    const SteadyPoint done =
        time_.clock().steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(takes);
    co_await net::sleep_until(time_, std::min(done, context.deadline));
    if (done > context.deadline) co_return fail(ErrorCode::kUpstreamTimeout, "too late");
    if (error) co_return std::unexpected(*error);
    revoked.emplace_back(token.reveal());
    when.insert_or_assign(std::string(token.reveal()), time_.clock().now());
    co_return Result<>();
  }

 private:
  VirtualTime& time_;
};

}  // namespace hubwarden::testing
