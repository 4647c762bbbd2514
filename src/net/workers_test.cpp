#include "net/workers.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "net/loops.h"

namespace hubwarden::net {
namespace {

using ThreadResult = Result<std::thread::id>;

class WorkersTest : public testing::Test {
 protected:
  WorkersTest() { loops_.start(); }

  template <class T>
  T wait(Task<T> task) {
    return block_on(loops_.executor(0), std::move(task));
  }

  Loops loops_{1};
};

Task<bool> resumes_on_its_own_loop(Workers& workers) {
  const auto here = std::this_thread::get_id();
  auto asking = workers.run([]() -> ThreadResult { return std::this_thread::get_id(); });
  const ThreadResult worker = co_await std::move(asking);
  co_return worker.has_value() && *worker != here&& std::this_thread::get_id() == here;
}

TEST_F(WorkersTest, RunOnAnotherThreadAndResumeOnTheCallersLoop) {
  Workers workers(2, 8);
  EXPECT_TRUE(wait(resumes_on_its_own_loop(workers)));
}

TEST_F(WorkersTest, PassErrorsOn) {
  Workers workers(1, 8);
  const auto result = wait(workers.run([]() -> Result<int> { return fail(ErrorCode::kConflict, "taken"); }));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kConflict);
}

TEST_F(WorkersTest, TurnAnExceptionIntoAnError) {
  Workers workers(1, 8);
  const auto result = wait(workers.run([]() -> Result<int> { throw std::runtime_error("disk"); }));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kInternal);
}

TEST_F(WorkersTest, RefuseWhatTheQueueCannotHold) {
  Workers workers(1, 1);
  std::promise<void> begun;
  std::promise<void> let_go;
  auto blocker = [&]() -> Result<> {
    begun.set_value();
    let_go.get_future().get();
    return {};
  };
  spawn(
      loops_.executor(0),
      [](Workers& w, auto fn) -> Task<> {
        auto running = w.run(std::move(fn));
        const Result<> done = co_await std::move(running);
        EXPECT_TRUE(done);
      }(workers, blocker),
      [](std::exception_ptr) { FAIL(); });
  begun.get_future().get();

  std::promise<int> queued;
  auto quick = []() -> Result<int> { return 7; };
  spawn(
      loops_.executor(0),
      [](Workers& w, auto fn, std::promise<int>& out) -> Task<> {
        auto running = w.run(std::move(fn));
        const Result<int> done = co_await std::move(running);
        out.set_value(done.value_or(-1));
      }(workers, quick, queued),
      [](std::exception_ptr) { FAIL(); });

  const auto refused = wait(workers.run(quick));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  let_go.set_value();
  EXPECT_EQ(queued.get_future().get(), 7);
}

TEST_F(WorkersTest, FinishWhatWasAcceptedBeforeTheyStop) {
  std::vector<int> order;
  Workers workers(1, 16);
  for (int i = 0; i < 10; ++i) {
    spawn(
        loops_.executor(0),
        [](Workers& w, std::vector<int>& out, int number) -> Task<> {
          auto running = w.run([&out, number]() -> Result<> {
            out.push_back(number);
            return {};
          });
          const Result<> done = co_await std::move(running);
          EXPECT_TRUE(done);
        }(workers, order, i),
        [](std::exception_ptr) { FAIL(); });
  }
  wait([]() -> Task<> { co_return; }());
  workers.stop();
  workers.stop();
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  const auto late = wait(workers.run([]() -> Result<int> { return 1; }));
  EXPECT_FALSE(late);
}

}  // namespace
}  // namespace hubwarden::net
