#include "providers/plugin_provider.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "net/system_timers.h"
#include "providers/provider_fixture.h"
#include "providers/registry.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::providers {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<Plugin> scripted(std::vector<std::pair<std::string, std::string>> options) {
  PluginSpec spec("team", HUBWARDEN_TEST_PLUGINS "/scripted.so");
  spec.options = std::move(options);
  spec.hosts = {"ghe.example.com"};
  Result<std::shared_ptr<Plugin>> plugin = Plugin::load(std::move(spec));
  if (!plugin) ADD_FAILURE() << plugin.error().message();
  return *plugin;
}

// co_spawn() wants results that can be made of nothing.
net::Task<std::optional<Result<ProvidedToken>>> held(net::Task<Result<ProvidedToken>> task) {
  Result<ProvidedToken> token = co_await std::move(task);
  co_return std::move(token);
}

// A plugin whose call returns when this says so.
class Gate {
 public:
  Gate() { EXPECT_EQ(pipe(ends_), 0); }
  ~Gate() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  std::shared_ptr<Plugin> plugin() const {
    return scripted({{"do", "wait"}, {"pipe", std::to_string(ends_[0])}});
  }
  void let_through(std::size_t calls) {
    for (std::size_t i = 0; i < calls; ++i) EXPECT_EQ(write(ends_[1], "x", 1), 1);
  }

 private:
  int ends_[2];
};

TEST(PluginProvider, AsksOnAWorkerAndAnswersOnTheLoop) {
  net::Loops loops(2);
  loops.start();
  net::SystemTimers timers;
  {
    Calls calls(timers);
    const SystemClock clock;
    Registry registry(clock);
    for (int i = 0; i < 2; ++i)
      registry.add(std::make_shared<PluginProvider>(scripted({{"do", "tell"}}), calls));
    const SteadyPoint deadline = clock.steady_now() + 30s;
    const Result<BootEnvironment> environment =
        net::block_on(loops.next(), registry.environment(agent_7(), deadline));
    ASSERT_TRUE(environment) << environment.error().message();
    const std::string once = "agent-7 acme/gadgets acme/widgets contents:write issues:read";
    EXPECT_EQ(environment->find("SEEN"), once + ", " + once);
    const Result<ProvidedToken> token =
        *net::block_on(loops.next(), held(registry.token(wish_of("ghe.example.com"), deadline)));
    ASSERT_TRUE(token) << token.error().message();
    EXPECT_EQ(token->value.reveal(), "tok_ghe.example.com");
    EXPECT_EQ(registry.token_provider("github.com"), nullptr);
    EXPECT_TRUE(net::block_on(loops.next(), calls.stop(deadline)));
    const Result<BootEnvironment> late =
        net::block_on(loops.next(), registry.environment(agent_7(), deadline));
    EXPECT_EQ(late.error().message(), "provider 'team': hubwarden is stopping");
  }
  loops.stop();
}

TEST(PluginProvider, IsNotWaitedForBeyondTheDeadline) {
  testing::VirtualTime time(kNow);
  Gate gate;
  Calls calls(time);
  PluginProvider provider(gate.plugin(), calls);
  const SteadyPoint start = time.clock().steady_now();
  const Result<BootEnvironment> late = time.run(provider.add_to(BootEnvironment(), agent_7(), start + 25s));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::kUpstreamTimeout);
  EXPECT_EQ(time.clock().steady_now(), start + 25s);
  EXPECT_FALSE(time.run(calls.stop(start + 27s))) << "it has not returned";
  gate.let_through(1);
}

TEST(PluginProvider, IsRefusedAtOnceWhenAllThreadsAreStuckAndTheQueueIsFull) {
  testing::VirtualTime time(kNow);
  Gate gate;
  Calls calls(time);
  PluginProvider provider(gate.plugin(), calls);
  const SteadyPoint deadline = time.clock().steady_now() + 25s;
  std::vector<ErrorCode> errors;
  const auto boot = [](PluginProvider& of, SteadyPoint until, std::vector<ErrorCode>& out) -> net::Task<> {
    BootEnvironment nothing;
    const Result<BootEnvironment> environment = co_await of.add_to(std::move(nothing), agent_7(), until);
    if (!environment) out.push_back(environment.error().code());
  };
  constexpr std::size_t kMore = 10;
  for (std::size_t i = 0; i < Calls::kThreads + Calls::kMaxQueued + kMore; ++i) {
    time.spawn(boot(provider, deadline, errors));
  }
  time.settle();
  // A thread may not have taken its first call yet, so that its place in the queue was not free.
  EXPECT_GE(errors.size(), kMore);
  EXPECT_LE(errors.size(), kMore + Calls::kThreads);
  for (const ErrorCode error : errors) EXPECT_EQ(error, ErrorCode::kUnavailable);
  time.advance(26s);
  EXPECT_EQ(errors.size(), Calls::kThreads + Calls::kMaxQueued + kMore);
  gate.let_through(Calls::kThreads + Calls::kMaxQueued);
}

}  // namespace
}  // namespace hubwarden::providers
