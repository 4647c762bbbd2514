// Two hundred callers of two handles, an installation with a hundred requests left in its hour, secondary
// limits and trouble at GitHub: nothing is sent that a limit would refuse, everybody is told the truth, and
// everybody comes through in the end.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/operations/operations_world.h"

namespace hubwarden {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kReads[] = {"read"};
constexpr std::uint64_t kLeft = 100;
constexpr int kCallers = 200;
constexpr int kOfTheSecond = 20;  // callers; all others are the first's

struct Caller {
  explicit Caller(std::string handle_) : handle(std::move(handle_)) {}

  std::string handle;
  int attempts = 0;
  bool is_through = false;
  SteadyPoint through_at{};
  std::vector<std::string> told;  // what the answers before it were
  std::vector<std::string> lies;  // those that say nothing of use
};

class StormTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  StormTest() {
    world.small.settings().rate_limit = kLeft;
    const std::string first = world.handle({"read"});
    const std::string second = world.handle({"read"}, "acme/gadgets");
    for (int i = 0; i < kCallers; ++i) callers.emplace_back(i < kCallers - kOfTheSecond ? first : second);
  }

  void inject(sandbox::FaultKind kind, std::uint64_t skip, std::uint64_t count) {
    sandbox::Fault fault;
    fault.kind = kind;
    fault.route = "GET /repos/*";
    fault.path = "/repos/acme/*/issues";
    fault.skip = skip;
    fault.count = count;
    fault.status = 502;
    ASSERT_TRUE(world.small.github.state().faults.add(fault));
  }

  // Asks until there is an answer, and comes again when it was told to.
  net::Task<> persist(Caller& caller) {
    while (!caller.is_through) {
      ++caller.attempts;
      const testing::Answered answer = co_await world.asking(caller.handle, "issues/list-for-repo", "{}");
      const SteadyPoint now = world.time.clock().steady_now();
      caller.is_through = answer.status == 200;
      caller.through_at = now;
      if (caller.is_through) break;
      const std::string error = answer.text("error");
      caller.told.push_back(error);
      const bool says_when = answer.status == 429 && answer.json().contains("retry_after");
      const bool is_trouble = error == "upstream_unavailable";
      if (!says_when && !is_trouble) caller.lies.push_back(answer.body);
      const auto wait = says_when ? std::chrono::seconds(answer.json().at("retry_after").as_int64()) : 5s;
      co_await net::sleep_until(world.time, now + wait);
    }
  }

  void run() {
    for (Caller& caller : callers) world.time.spawn(persist(caller));
    world.time.advance(6h);
  }

  // What was sent although an answer had told not to.
  std::uint64_t sent_to_closed() {
    return world.small.github.state().records.totals.requests_after_primary_limit +
           world.github.sent_in_spite;
  }
  // Answers of GitHub's that say that a limit was passed.
  std::uint64_t refused_by_limit() {
    std::uint64_t count = 0;
    const boost::json::object counters = world.small.github.state().records.counters();
    for (const auto& route : counters.at("routes").as_object()) {
      for (const auto& status : route.value().as_object()) {
        if (status.key() == "403" || status.key() == "429")
          count += status.value().to_number<std::uint64_t>();
      }
    }
    return count;
  }

  testing::OperationsWorld world{{{"issues", sandbox::Level::kRead}, {"metadata", sandbox::Level::kRead}},
                                 catalogue::OperationList::parse(kReads).value()};
  std::vector<Caller> callers;
};

TEST_F(StormTest, SendsNothingThatTheHoursLimitWouldRefuse) {
  run();
  EXPECT_EQ(refused_by_limit(), 0U);
  EXPECT_EQ(sent_to_closed(), 0U);
  for (const Caller& caller : callers) {
    EXPECT_TRUE(caller.is_through);
    EXPECT_THAT(caller.lies, ::testing::IsEmpty());
  }
}

TEST_F(StormTest, SendsNothingWhileGitHubHoldsTheInstallationOff) {
  world.small.settings().rate_limit = 10'000;
  inject(sandbox::FaultKind::kSecondaryLimit, 30, 1);
  run();
  // What was under way when GitHub began to refuse may be refused with it; nothing is sent after that.
  EXPECT_EQ(refused_by_limit(), 1U);
  EXPECT_EQ(sent_to_closed(), 0U);
  for (const Caller& caller : callers) {
    EXPECT_TRUE(caller.is_through);
    EXPECT_THAT(caller.lies, ::testing::IsEmpty());
    EXPECT_LE(caller.attempts, 3);
  }
}

TEST_P(StormTest, TellsEverybodyTheTruthAndLetsEverybodyThrough) {
  inject(sandbox::FaultKind::kStatus, GetParam() % 17, 40);
  inject(sandbox::FaultKind::kSecondaryLimit, 20 + GetParam() % 23, 3);
  run();
  for (const Caller& caller : callers) {
    EXPECT_TRUE(caller.is_through);
    EXPECT_THAT(caller.lies, ::testing::IsEmpty());
  }
  EXPECT_LE(refused_by_limit(), 3U) << "no more than were injected";
  EXPECT_EQ(sent_to_closed(), 0U);
  EXPECT_LE(world.github.most_in_flight, 102U) << "a hundred, and the App's own";
}

INSTANTIATE_TEST_SUITE_P(Seeds, StormTest, ::testing::Range<std::uint64_t>(1, 21));

TEST_F(StormTest, StarvesNobody) {
  world.small.settings().rate_limit = 10'000;
  world.github.latency = 2s;
  run();
  // A hundred at a time take two seconds: two rounds for all, and the twenty of the second handle are not
  // behind the hundred and eighty of the first.
  SteadyPoint last_of_second{};
  SteadyPoint last_of_first{};
  for (int i = 0; i < kCallers; ++i) {
    SteadyPoint& last = i < kCallers - kOfTheSecond ? last_of_first : last_of_second;
    last = std::max(last, callers[static_cast<std::size_t>(i)].through_at);
    EXPECT_TRUE(callers[static_cast<std::size_t>(i)].is_through);
  }
  EXPECT_LE(last_of_second, last_of_first);
}

}  // namespace
}  // namespace hubwarden
