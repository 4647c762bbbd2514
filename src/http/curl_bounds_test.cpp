// How much the client lets be under way, and how it stops.

#include <gtest/gtest.h>

#include <array>
#include <future>

#include "http/curl_client.h"
#include "http/curl_fixture.h"

namespace hubwarden::http {
namespace {

using namespace std::chrono_literals;
using testing::Connection;
using testing::ok;
using testing::ScriptServer;

class CurlBoundsTest : public testing::CurlBothWays {
 protected:
  using Slot = std::optional<Result<ClientResponse>>;

  void start(Slot& slot, SteadyPoint deadline = SteadyPoint::max()) {
    ClientRequest request(Method::kGet, server.url("/"));
    request.deadline = deadline;
    spawn(whole(client(), std::move(request), streams), slot);
  }
  // Lets all requests that arrived, and those to come, be answered.
  void open_gate() { gate_.set_value(); }

  std::promise<void> gate_;
  std::shared_future<void> opened_{gate_.get_future()};
  std::atomic<int> arrived{0};
  ScriptServer server{[this](Connection& peer) {
    while (!peer.read_head().empty()) {
      ++arrived;
      opened_.wait();
      peer.write(ok("fine"));
    }
  }};
};

TEST_P(CurlBoundsTest, LetsTheRestWaitItsTurn) {
  options.max_transfers = 2;
  options.max_waiting = 2;
  std::array<Slot, 5> slots;
  for (Slot& slot : slots) start(slot);
  run_until([&] { return arrived == 2 && slots[4].has_value(); });
  ASSERT_FALSE(*slots[4]);
  EXPECT_EQ(slots[4]->error().code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(slots[4]->error().never_sent());
  EXPECT_FALSE(slots[2]);
  open_gate();
  run_until([&] { return slots[0] && slots[1] && slots[2] && slots[3]; });
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(slots.at(static_cast<std::size_t>(i))->has_value());
  EXPECT_EQ(server.accepted(), 2);
}

TEST_P(CurlBoundsTest, LetsNobodyWaitBeyondTheDeadline) {
  options.max_transfers = 1;
  Slot first;
  Slot second;
  start(first);
  run_until([&] { return arrived == 1; });
  start(second, clock.steady_now() + 50ms);
  run_until([&] { return second.has_value(); });
  EXPECT_EQ(second->error().code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(second->error().never_sent());
  open_gate();
  run_until([&] { return first.has_value(); });
  EXPECT_TRUE(*first);
}

TEST_P(CurlBoundsTest, StopsWhenWhatIsUnderWayIsDone) {
  options.max_transfers = 1;
  std::array<Slot, 3> slots;
  start(slots[0]);
  start(slots[1]);
  run_until([&] { return arrived == 1; });
  bool stopped = false;
  boost::asio::co_spawn(loop, client().stop(10s), [&stopped](std::exception_ptr) { stopped = true; });
  run_until([&] { return slots[1].has_value(); });
  EXPECT_EQ(slots[1]->error().code(), ErrorCode::kUnavailable);
  EXPECT_FALSE(stopped);
  start(slots[2]);
  run_until([&] { return slots[2].has_value(); });
  EXPECT_EQ(slots[2]->error().code(), ErrorCode::kUnavailable);
  open_gate();
  run_until([&] { return stopped; });
  run_until([&] { return slots[0].has_value(); });
  EXPECT_TRUE(*slots[0]);
}

TEST_P(CurlBoundsTest, CutsWhatIsLeftWhenTheGraceIsOver) {
  Slot slot;
  start(slot);
  run_until([&] { return arrived == 1; });
  bool stopped = false;
  boost::asio::co_spawn(loop, client().stop(1ms), [&stopped](std::exception_ptr) { stopped = true; });
  run_until([&] { return stopped && slot.has_value(); });
  EXPECT_EQ(slot->error().code(), ErrorCode::kUnavailable);
  EXPECT_FALSE(slot->error().never_sent());
  open_gate();
}

TEST_P(CurlBoundsTest, MayGoWhileARequestIsUnderWay) {
  Slot slot;
  start(slot);
  run_until([&] { return arrived == 1; });
  open_gate();
}

INSTANTIATE_TEST_SUITE_P(Ways, CurlBoundsTest, ::testing::ValuesIn(testing::kBothWays), testing::name_of_way);

}  // namespace
}  // namespace hubwarden::http
