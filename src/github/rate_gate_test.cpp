#include "github/rate_gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "github/rate_fixture.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;
using testing::kInstallation;
using testing::kStart;
using testing::limit_fields;
using testing::limited;

class RateGateTest : public ::testing::Test {
 protected:
  Moment now() const { return Moment(clock); }

  RateAsk ask(std::string resource = "core") {
    RateAsk asked(kInstallation, "one", after(clock.steady_now(), 1min));
    asked.resource = std::move(resource);
    return asked;
  }
  RateWaiterPtr enter(RateAsk asked) {
    const SteadyPoint until = std::min(asked.deadline, after(clock.steady_now(), options.max_wait));
    auto waiter = std::make_shared<RateWaiter>(std::move(asked), until);
    gate.enter(waiter, now());
    return waiter;
  }
  RateTicket admitted(RateAsk asked) {
    const RateWaiterPtr waiter = enter(std::move(asked));
    EXPECT_TRUE(std::holds_alternative<RateTicket>(waiter->outcome));
    return std::get<RateTicket>(waiter->outcome);
  }
  static std::optional<RateRefusal> refusal(const RateWaiterPtr& waiter) {
    const auto* const refused = std::get_if<RateRefused>(&waiter->outcome);
    return refused ? std::optional(refused->reason) : std::nullopt;
  }
  Result<> answer(const RateTicket& ticket, int status, const http::Fields& fields,
                  const Result<>& meaning = {}) {
    Result<> told = gate.answered(ticket, RateAnswer(status, fields, meaning), now());
    gate.leave(now());
    return told;
  }
  void open(std::uint64_t remaining, const std::string& resource = "core") {
    const RateTicket first = admitted(ask(resource));
    EXPECT_TRUE(answer(first, 200, limit_fields(remaining, kStart + 1h, 5000, resource)));
  }

  ManualClock clock{kStart};
  RateOptions options;
  RateGate gate{options};
};

TEST_F(RateGateTest, KeepsResourcesApart) {
  open(0, "search");
  EXPECT_EQ(refusal(enter(ask("search"))), RateRefusal::kPrimary);
  admitted(ask("core"));
}

TEST_F(RateGateTest, CountsAgainstTheResourceThatTheAnswerNames) {
  open(10);
  const RateTicket ticket = admitted(ask("core"));
  EXPECT_TRUE(answer(ticket, 200, limit_fields(0, kStart + 1min, 10, "code_search")));
  EXPECT_EQ(refusal(enter(ask("code_search"))), RateRefusal::kPrimary);
  for (int i = 0; i < 10; ++i) admitted(ask("core"));  // none of the ten is gone
  EXPECT_EQ(refusal(enter(ask("core"))), RateRefusal::kPrimary);
}

TEST_F(RateGateTest, TakesAnAnswerThatNamesNoResourceForTheOneAsked) {
  http::Fields fields = limit_fields(0, kStart + 1min, 30);
  fields.remove("x-ratelimit-resource");
  EXPECT_TRUE(answer(admitted(ask("search")), 200, fields));
  EXPECT_EQ(refusal(enter(ask("search"))), RateRefusal::kPrimary);
  admitted(ask("core"));
}

TEST_F(RateGateTest, ClosesTheBucketThatALimitNames) {
  open(10);
  const RateTicket ticket = admitted(ask("core"));
  const Result<> told =
      answer(ticket, 403, limit_fields(0, kStart + 90s, 30, "search"), limited(Limit::kPrimary, 37s));
  EXPECT_EQ(told.error().retry_after(), 91s);  // not before the reset, though Retry-After was sooner
  EXPECT_EQ(refusal(enter(ask("search"))), RateRefusal::kPrimary);
  admitted(ask("core"));
}

TEST_F(RateGateTest, CountsNeither304NorWhatWasNeverSent) {
  open(1);
  EXPECT_TRUE(answer(admitted(ask()), 304, limit_fields(1, kStart + 1h)));
  const Result<> not_connected =
      std::unexpected(Error(ErrorCode::kUpstreamUnavailable, "").with_never_sent());
  EXPECT_FALSE(answer(admitted(ask()), 0, {}, not_connected));
  const Result<> no_answer = fail(ErrorCode::kUpstreamTimeout, "");
  EXPECT_FALSE(answer(admitted(ask()), 0, {}, no_answer));
  EXPECT_EQ(refusal(enter(ask())), RateRefusal::kPrimary);
}

TEST_F(RateGateTest, HoldsTheWholeInstallationOffForASecondaryLimit) {
  open(100);
  open(100, "search");
  EXPECT_FALSE(answer(admitted(ask("search")), 403, {}, limited(Limit::kSecondary, 60s)));
  EXPECT_EQ(refusal(enter(ask("core"))), RateRefusal::kSecondary);
  clock.advance(60s);
  const RateTicket trial = admitted(ask("core"));
  const RateWaiterPtr second = enter(ask("core"));
  EXPECT_FALSE(second->is_settled());
  EXPECT_TRUE(answer(trial, 200, limit_fields(99, kStart + 1h)));
  EXPECT_TRUE(std::holds_alternative<RateTicket>(second->outcome));
}

TEST_F(RateGateTest, TellsTheWaitThatAFurtherSecondaryLimitComesTo) {
  open(100);
  for (const auto wait : {60s, 120s, 240s}) {
    EXPECT_EQ(answer(admitted(ask()), 403, {}, limited(Limit::kSecondary, 60s)).error().retry_after(), wait);
    clock.advance(wait);
  }
}

TEST_F(RateGateTest, OpensAfterASecondaryLimitForWhateverGitHubTakes) {
  const struct {
    Result<> meaning;
    int status;
    bool opens;
  } cases[] = {
      {{}, 200, true},
      {{}, 304, true},
      {std::unexpected(Error(ErrorCode::kNotFound, "").with_upstream_status(404)), 404, true},
      {std::unexpected(Error(ErrorCode::kInvalidRequest, "").with_upstream_status(422)), 422, true},
      {std::unexpected(Error(ErrorCode::kUpstreamAuth, "").with_upstream_status(401)), 401, false},
      {std::unexpected(Error(ErrorCode::kUpstreamUnavailable, "").with_upstream_status(502)), 502, false},
      {fail(ErrorCode::kUpstreamTimeout, ""), 0, false},
  };
  for (const auto& c : cases) {
    RateGate fresh(options);
    auto go = [&] {
      auto waiter = std::make_shared<RateWaiter>(ask(), after(clock.steady_now(), 1min));
      fresh.enter(waiter, now());
      return waiter;
    };
    const auto first = go();
    const Result<> limit = limited(Limit::kSecondary, 60s);
    EXPECT_FALSE(fresh.answered(std::get<RateTicket>(first->outcome), RateAnswer(403, {}, limit), now()));
    clock.advance(60s);
    const auto trial = go();
    const http::Fields fields = limit_fields(100, clock.now() + 1h);
    const RateAnswer heard(c.status, fields, c.meaning);
    const Result<> told = fresh.answered(std::get<RateTicket>(trial->outcome), heard, now());
    EXPECT_EQ(told.has_value(), c.meaning.has_value());
    EXPECT_TRUE(go()->is_settled()) << c.status;
    EXPECT_EQ(go()->is_settled(), c.opens) << c.status;
  }
}

TEST_F(RateGateTest, KeepsWhatIsLeftForCallers) {
  open(400);
  RateAsk background = ask();
  background.is_background = true;
  EXPECT_EQ(refusal(enter(background)), RateRefusal::kReserve);
  admitted(ask());
}

TEST_F(RateGateTest, BoundsTheQueueAndEachCallersPartOfIt) {
  options.max_in_flight = 1;
  options.max_waiting = 5;
  options.max_waiting_of_caller = 3;
  open(100);
  admitted(ask());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(enter(ask())->is_settled());
  EXPECT_EQ(refusal(enter(ask())), RateRefusal::kCaller);
  RateAsk other = ask();
  other.caller = "two";
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(enter(other)->is_settled());
  EXPECT_EQ(refusal(enter(other)), RateRefusal::kQueue);
  gate.stop();
  EXPECT_EQ(gate.waiting(), 0u);
}

TEST_F(RateGateTest, RemembersNoMoreResourcesThanItHasRoomFor) {
  for (int i = 0; i < 100; ++i) {
    const RateTicket ticket = admitted(ask());
    EXPECT_TRUE(answer(ticket, 200, limit_fields(50, kStart + 1h, 60, "made-up-" + std::to_string(i))));
  }
  EXPECT_LE(gate.doors(), 1 + RateGate::kMaxResources);
}

TEST_F(RateGateTest, SaysWhenToLookAgain) {
  open(100);
  RateAsk write = ask();
  write.is_write = true;
  admitted(write);
  const RateWaiterPtr second = enter(write);
  EXPECT_EQ(gate.wake_at(*second, now()), after(clock.steady_now(), 1s));
  clock.advance(1s);
  gate.look(second, now());
  EXPECT_TRUE(second->is_settled());
  admitted(ask("search"));
  const RateWaiterPtr third = enter(ask("search"));
  EXPECT_EQ(gate.wake_at(*third, now()), after(clock.steady_now(), RateBucket::kPatience));
}

TEST_F(RateGateTest, LeavesThePlaceOfOneThatHasGone) {
  options.max_in_flight = 1;
  open(100);
  admitted(ask());
  const RateWaiterPtr gone = enter(ask());
  const RateWaiterPtr next = enter(ask());
  gate.withdraw(gone);
  gate.leave(now());
  EXPECT_FALSE(gone->is_settled());
  EXPECT_TRUE(next->is_settled());
}

}  // namespace
}  // namespace hubwarden::github
