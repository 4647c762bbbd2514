#include "net/descriptor.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "net/loops.h"
#include "net/stream.h"

namespace hubwarden::net {
namespace {

struct Pair {
  Pair() {
    int both[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, both), 0);
    ours = UniqueFd(both[0]);
    theirs = UniqueFd(both[1]);
  }
  UniqueFd ours;
  UniqueFd theirs;
};

class DescriptorTest : public testing::Test {
 protected:
  DescriptorTest() { loops_.start(); }
  ~DescriptorTest() override { loops_.stop(); }

  Pair pair_;
  Loops loops_{1};
};

// Reads to the end, waiting as often as needed.
Task<std::string> read_to_end(Executor executor, UniqueFd fd, std::promise<void>& begun) {
  const std::unique_ptr<Stream> stream = make_plain_stream(executor, std::move(fd));
  std::string text;
  char piece[4];
  begun.set_value();
  for (;;) {
    const Transfer got = stream->read(piece);
    if (got.state == Transfer::kSome) {
      text.append(piece, got.bytes);
      continue;
    }
    if (got.state != Transfer::kBlocked) co_return text;
    const bool ready = co_await stream->descriptor().wait(got.want);
    if (!ready) co_return text + " (cancelled)";
  }
}

Task<> keep(Task<std::string> task, std::promise<std::string>& out) {
  const std::string text = co_await std::move(task);
  out.set_value(text);
}

TEST_F(DescriptorTest, WakesForEachPieceAndForTheEnd) {
  std::promise<void> begun;
  std::promise<std::string> text;
  spawn(loops_.executor(0), keep(read_to_end(loops_.executor(0), std::move(pair_.ours), begun), text),
        [](std::exception_ptr) { FAIL(); });
  begun.get_future().get();
  for (const std::string piece : {"a", "bcd", "efghijklm"}) {
    EXPECT_EQ(::send(pair_.theirs.get(), piece.data(), piece.size(), 0), static_cast<ssize_t>(piece.size()));
  }
  pair_.theirs.reset();
  EXPECT_EQ(text.get_future().get(), "abcdefghijklm");
}

// The end may come in the same event as the last bytes: no further edge announces it.
TEST_F(DescriptorTest, SeesAnEndThatCameWithTheLastBytes) {
  EXPECT_EQ(::send(pair_.theirs.get(), "xyz", 3, 0), 3);
  pair_.theirs.reset();
  std::promise<void> begun;
  EXPECT_EQ(block_on(loops_.executor(0), read_to_end(loops_.executor(0), std::move(pair_.ours), begun)),
            "xyz");
}

// A peer that has ended its side makes reading possible, not writing: a wait to write must not come back at
// once.
Task<int> tries_until_written(Executor executor, UniqueFd fd, std::promise<void>& full) {
  const std::unique_ptr<Stream> stream = make_plain_stream(executor, std::move(fd));
  const std::string piece(65536, 'x');
  int waits = 0;
  for (std::size_t total = 0; total < 20 * piece.size();) {
    const std::string_view view = piece;
    const Transfer put = stream->write({&view, 1});
    total += put.bytes;
    if (put.state == Transfer::kFailed) co_return -1;
    if (put.state != Transfer::kBlocked) continue;
    if (waits++ == 0) full.set_value();
    const bool ready = co_await stream->descriptor().wait(Want::kWrite);
    if (!ready) co_return -1;
  }
  co_return waits;
}

Task<> keep_number(Task<int> task, std::promise<int>& out) {
  const int number = co_await std::move(task);
  out.set_value(number);
}

TEST_F(DescriptorTest, DoesNotSpinOnAPeerThatHasEndedItsSide) {
  ::shutdown(pair_.theirs.get(), SHUT_WR);
  std::promise<void> full;
  std::promise<int> waits;
  spawn(loops_.executor(0),
        keep_number(tries_until_written(loops_.executor(0), std::move(pair_.ours), full), waits),
        [](std::exception_ptr) { FAIL(); });
  full.get_future().get();
  auto done = waits.get_future();
  std::vector<char> sink(65536);
  while (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    if (::recv(pair_.theirs.get(), sink.data(), sink.size(), 0) <= 0) std::this_thread::yield();
  }
  const int count = done.get();
  EXPECT_GT(count, 0);
  EXPECT_LT(count, 2000);
}

// Whether others were left of those that became readable with it.
Task<> tell_of_others(Executor executor, UniqueFd fd, std::vector<bool>& told) {
  Descriptor descriptor(executor, std::move(fd));
  descriptor.blocked(Want::kRead);
  [[maybe_unused]] const bool ready = co_await descriptor.wait(Want::kRead);
  told.push_back(descriptor.others_are_ready());
  co_await next_turn();
  EXPECT_FALSE(descriptor.others_are_ready()) << "its turn has passed";
}

Task<std::size_t> count_of(const std::vector<bool>& told) {
  co_return told.size();
}

TEST(Descriptor, KnowsWhetherOthersAreReadyAsWell) {
  Loops loops(1);
  Pair pairs[3];
  std::vector<bool> told;
  for (Pair& pair : pairs) {
    spawn(loops.executor(0), tell_of_others(loops.executor(0), std::move(pair.ours), told),
          [](std::exception_ptr) { FAIL(); });
    EXPECT_EQ(::send(pair.theirs.get(), "x", 1, 0), 1);
  }
  // They wait before the loop looks at any of them.
  loops.start();
  while (block_on(loops.executor(0), count_of(told)) < 3) std::this_thread::yield();
  loops.stop();
  EXPECT_EQ(told, (std::vector{true, true, false}));
}

Task<bool> wait_after_cancel(Executor executor, UniqueFd fd) {
  Descriptor descriptor(executor, std::move(fd));
  descriptor.cancel();
  const bool ready = co_await descriptor.wait(Want::kRead);
  co_return ready;
}

TEST_F(DescriptorTest, DoesNotWaitOnceCancelled) {
  EXPECT_FALSE(block_on(loops_.executor(0), wait_after_cancel(loops_.executor(0), std::move(pair_.ours))));
}

TEST_F(DescriptorTest, CancelEndsAWait) {
  std::promise<void> begun;
  std::promise<std::string> text;
  std::unique_ptr<Descriptor> descriptor;
  auto waiting = [](std::unique_ptr<Descriptor>& place, Executor executor, UniqueFd fd) -> Task<std::string> {
    place = std::make_unique<Descriptor>(executor, std::move(fd));
    place->blocked(Want::kRead);
    const bool ready = co_await place->wait(Want::kRead);
    co_return ready ? "ready" : "cancelled";
  };
  auto cancelling = [](std::unique_ptr<Descriptor>& place) -> Task<> {
    place->cancel();
    co_return;
  };
  spawn(loops_.executor(0), keep(waiting(descriptor, loops_.executor(0), std::move(pair_.ours)), text),
        [](std::exception_ptr) { FAIL(); });
  block_on(loops_.executor(0), cancelling(descriptor));
  EXPECT_EQ(text.get_future().get(), "cancelled");
  loops_.stop();
}

Task<> hold_and_wait(Executor executor, UniqueFd fd, std::shared_ptr<int> held) {
  Descriptor descriptor(executor, std::move(fd));
  descriptor.blocked(Want::kRead);
  const bool ready = co_await descriptor.wait(Want::kRead);
  *held = ready ? 1 : 2;
}

TEST(Descriptor, GoesWithTheLoopThatItWaitsOn) {
  Pair pair;
  auto held = std::make_shared<int>(0);
  {
    Loops loops(1);
    loops.start();
    spawn(loops.executor(0), hold_and_wait(loops.executor(0), std::move(pair.ours), held),
          [](std::exception_ptr) {});
    block_on(loops.executor(0), []() -> Task<> { co_return; }());
    EXPECT_EQ(held.use_count(), 2);
    loops.stop();
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 0);
}

}  // namespace
}  // namespace hubwarden::net
