#include "store/worker.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <semaphore>
#include <thread>
#include <vector>

#include "tests/support/run_task.h"

namespace hubwarden::store {
namespace {

using test::run;

TEST(Worker, AnswersFromItsOwnThread) {
  Worker worker("test", 4);
  const auto here = std::this_thread::get_id();
  const Result<bool> elsewhere =
      run(worker.run([here]() -> Result<bool> { return std::this_thread::get_id() != here; }));
  EXPECT_EQ(elsewhere.value(), true);
}

net::Task<> ask_and_note_thread(Worker& worker, std::thread::id& resumed_on) {
  auto job = []() -> Result<> { return {}; };
  const Result<> done = co_await worker.run(job);
  EXPECT_TRUE(done);
  resumed_on = std::this_thread::get_id();
}

TEST(Worker, ResumesOnTheCallersLoop) {
  boost::asio::io_context loop;
  Worker worker("test", 4);
  std::thread::id resumed_on;
  boost::asio::co_spawn(loop.get_executor(), ask_and_note_thread(worker, resumed_on),
                        [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
  loop.run();
  EXPECT_EQ(resumed_on, std::this_thread::get_id());
}

TEST(Worker, CarriesErrorsAndThingsThatOnlyMove) {
  Worker worker("test", 4);
  auto owned = std::make_unique<int>(7);
  auto give = [owned = std::move(owned)]() mutable -> Result<std::unique_ptr<int>> {
    return std::move(owned);
  };
  EXPECT_EQ(*run(worker.run(std::move(give))).value(), 7);
  auto refuse = []() -> Result<int> { return fail(ErrorCode::kConflict, "no"); };
  EXPECT_EQ(run(worker.run(refuse)).error().code(), ErrorCode::kConflict);
}

struct Blocked {
  std::binary_semaphore running{0};
  std::binary_semaphore may_end{0};
};

net::Task<> note(net::Task<Result<>> task, std::vector<Result<>>& answers) {
  Result<> answer = co_await std::move(task);
  answers.push_back(std::move(answer));
}

TEST(Worker, RefusesMoreThanItsQueueHoldsAndFinishesWhatItTook) {
  Worker worker("test", 2);
  Blocked blocked;
  boost::asio::io_context loop;
  std::vector<Result<>> answers;
  const auto spawn = [&](auto job) {
    boost::asio::co_spawn(loop.get_executor(), note(worker.run(std::move(job)), answers),
                          [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
    loop.poll();
  };
  spawn([&]() -> Result<> {
    blocked.running.release();
    blocked.may_end.acquire();
    return {};
  });
  blocked.running.acquire();  // taken out of the queue: both places are free
  const auto quick = []() -> Result<> { return {}; };
  spawn(quick);
  spawn(quick);
  spawn(quick);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(answers[0].error().retry_after(), std::chrono::seconds(1));
  blocked.may_end.release();
  worker.stop();
  loop.run();
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_TRUE(answers[1] && answers[2] && answers[3]);
}

TEST(Worker, RefusesAfterItStopped) {
  Worker worker("test", 2);
  worker.stop();
  worker.stop();
  auto job = []() -> Result<> { return {}; };
  EXPECT_EQ(run(worker.run(job)).error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace hubwarden::store
