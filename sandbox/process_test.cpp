#include "sandbox/process.h"

#include <gtest/gtest.h>

#include <thread>

#include "net/loops.h"
#include "net/system_timers.h"

namespace hubwarden::sandbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

net::Task<bool> stop_all(std::shared_ptr<Children> children) {
  children->stop();
  co_return true;
}

net::Task<std::size_t> count(std::shared_ptr<Children> children) {
  co_return children->size();
}

net::Task<bool> start_and_drop(net::Executor executor, net::Timers& timers,
                               std::shared_ptr<Children> children) {
  const ProcessCommand command({"sleep", "1000"}, {"PATH=/usr/bin:/bin"});
  const auto started = Process::start(executor, timers, children, command, SteadyPoint::max());
  co_return started.has_value();
}

net::Task<std::size_t> start_many(net::Executor executor, net::Timers& timers,
                                  std::shared_ptr<Children> children) {
  const ProcessCommand command({"cat"}, {"PATH=/usr/bin:/bin"});
  std::vector<std::unique_ptr<Process>> running;
  for (std::size_t i = 0; i < 2 * Children::kMaxChildren; ++i) {
    auto started = Process::start(executor, timers, children, command, SteadyPoint::max());
    if (started) running.push_back(std::move(*started));
  }
  co_return running.size();
}

class Processes : public ::testing::Test {
 protected:
  Processes() { loops.start(); }
  ~Processes() override {
    net::block_on(loops.executor(0), stop_all(children));
    loops.stop();
  }

  Result<ProcessOutput> shell(std::string script, std::string input = "", Duration patience = seconds(30),
                              std::size_t limit = 4 << 20) {
    ProcessCommand command({"sh", "-c", std::move(script)}, {"PATH=/usr/bin:/bin", "GREETING=hello"});
    const SteadyPoint deadline =
        std::chrono::steady_clock::now() + std::chrono::duration_cast<SteadyPoint::duration>(patience);
    return net::block_on(loops.executor(0),
                         run(timers, children, std::move(command), std::move(input), deadline, limit));
  }
  std::size_t alive() { return net::block_on(loops.executor(0), count(children)); }

  net::SystemTimers timers;
  net::Loops loops{1};
  std::shared_ptr<Children> children = std::make_shared<Children>();
};

TEST_F(Processes, GiveTheirOutputAndStatus) {
  const auto output = shell("cat; echo $GREETING; exit 3", "input,");
  ASSERT_TRUE(output);
  EXPECT_EQ(output->text, "input,hello\n");
  EXPECT_EQ(output->status, 3);
  EXPECT_EQ(alive(), 0U);
}

TEST_F(Processes, InheritNothingButWhatTheyAreGiven) {
  const auto output = shell("echo ${HOME-none}; ls /proc/self/fd | wc -l");
  // Standard input, output and error, and the directory that ls reads.
  EXPECT_EQ(output->text, "none\n4\n");
}

TEST_F(Processes, TakeMoreInputThanAPipeHolds) {
  const auto output = shell("wc -c", std::string(3'000'000, 'x'));
  EXPECT_EQ(output->text, "3000000\n");
}

TEST_F(Processes, MayStopReadingEarly) {
  const auto output = shell("exec 0<&-; exit 5", std::string(3'000'000, 'x'));
  ASSERT_TRUE(output);
  EXPECT_EQ(output->status, 5);
}

TEST_F(Processes, AreKilledAtTheirDeadlineWithAllOfTheirGroup) {
  const auto output = shell("sleep 1000 & sleep 1000", "", milliseconds(100));
  ASSERT_TRUE(output);
  EXPECT_EQ(output->status, 128 + 9);
  EXPECT_EQ(alive(), 0U);
}

TEST_F(Processes, AreKilledWhenTheySayTooMuch) {
  const auto output = shell("yes", "", seconds(30), 100'000);
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code(), ErrorCode::kTooLarge);
  while (alive() > 0) std::this_thread::yield();
}

TEST_F(Processes, AreReapedWhenNobodyWaitsForThem) {
  EXPECT_TRUE(net::block_on(loops.executor(0), start_and_drop(loops.executor(0), timers, children)));
  while (alive() > 0) std::this_thread::yield();
}

TEST_F(Processes, AreBoundedInNumber) {
  EXPECT_EQ(net::block_on(loops.executor(0), start_many(loops.executor(0), timers, children)),
            Children::kMaxChildren);
  while (alive() > 0) std::this_thread::yield();
}

TEST_F(Processes, SayWhenThereIsNoSuchProgram) {
  ProcessCommand command({"hubwarden-no-such-program"}, {"PATH=/usr/bin:/bin"});
  const auto output = net::block_on(loops.executor(0),
                                    run(timers, children, std::move(command), "", SteadyPoint::max(), 1000));
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().message(), "hubwarden-no-such-program: No such file or directory");
}

TEST_F(Processes, DoNotStartAfterTheStop) {
  net::block_on(loops.executor(0), stop_all(children));
  EXPECT_FALSE(shell("true"));
}

}  // namespace
}  // namespace hubwarden::sandbox
