#include "policy/budget_state.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/random.h"

namespace hubwarden::policy {
namespace {

using std::chrono::seconds;

constexpr SteadyPoint kStart{};
constexpr SteadyPoint kLater = kStart + seconds(60);

BudgetLimits limits(std::uint64_t concurrent, std::uint64_t requests, std::uint64_t bytes) {
  return BudgetLimits::make(concurrent, requests, bytes).value();
}

BudgetState state(std::uint64_t concurrent, std::uint64_t requests, std::uint64_t bytes) {
  return BudgetState(limits(concurrent, requests, bytes), BudgetSpent());
}

Result<LeaseId> read(BudgetState& state, SteadyPoint now = kStart) {
  return state.acquire(CallKind::kRead, now, now + seconds(60));
}

Result<LeaseId> write(BudgetState& state, SteadyPoint now = kStart) {
  return state.acquire(CallKind::kWrite, now, now + seconds(60));
}

template <class T>
std::string refusal(const Result<T>& result) {
  if (result) return "none";
  return std::string(to_string(result.error().code())) + " " + std::string(to_string(result.error().fix()));
}

TEST(BudgetLimits, AreTheUsualOnesUnlessSaidOtherwise) {
  EXPECT_EQ(BudgetLimits().concurrent(), 8U);
  EXPECT_EQ(BudgetLimits().requests(), 100U);
  EXPECT_EQ(BudgetLimits().bytes(), 25U * 1024 * 1024);
  EXPECT_EQ(BudgetLimits(), limits(8, 100, 26'214'400));
}

TEST(BudgetLimits, RefuseNothingAndTooMuchByName) {
  using L = BudgetLimits;
  EXPECT_TRUE(L::make(1, 1, 1));
  EXPECT_TRUE(L::make(L::kMaxConcurrent, L::kMaxRequests, L::kMaxBytes));
  const auto message = [](const Result<L>& made) { return made.error().message(); };
  EXPECT_THAT(message(L::make(0, 1, 1)), testing::HasSubstr("\"concurrent\""));
  EXPECT_THAT(message(L::make(L::kMaxConcurrent + 1, 1, 1)), testing::HasSubstr("\"concurrent\""));
  EXPECT_THAT(message(L::make(1, 0, 1)), testing::HasSubstr("\"requests\""));
  EXPECT_THAT(message(L::make(1, L::kMaxRequests + 1, 1)), testing::HasSubstr("\"requests\""));
  EXPECT_THAT(message(L::make(1, 1, 0)), testing::HasSubstr("\"bytes\""));
  EXPECT_THAT(message(L::make(1, 1, L::kMaxBytes + 1)), testing::HasSubstr("\"bytes\""));
}

TEST(BudgetState, TellsACallToWaitForASlot) {
  BudgetState budget = state(2, 100, 1 << 20);
  const auto first = read(budget);
  ASSERT_TRUE(first && read(budget));
  const auto third = read(budget);
  EXPECT_EQ(refusal(third), "budget_exceeded wait");
  EXPECT_EQ(third.error().retry_after(), seconds(1));
  EXPECT_TRUE(budget.release(*first));
  EXPECT_TRUE(read(budget));
}

TEST(BudgetState, CountsRequestsForTheWholeLife) {
  BudgetState budget = state(8, 2, 1 << 20);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(budget.release(read(budget).value()));
  EXPECT_EQ(refusal(read(budget)), "budget_exceeded caller");
  EXPECT_EQ(refusal(write(budget)), "budget_exceeded caller");
  EXPECT_EQ(budget.spent().requests, 2U);
}

TEST(BudgetState, SaysThatTheRequestsAreSpentEvenWhenTheSlotsAreTaken) {
  BudgetState budget = state(1, 1, 1 << 20);
  ASSERT_TRUE(read(budget));
  EXPECT_EQ(refusal(read(budget)), "budget_exceeded caller");
}

TEST(BudgetState, GivesARequestBackThatWasNotSent) {
  BudgetState budget = state(1, 1, 1 << 20);
  const LeaseId lease = read(budget).value();
  EXPECT_TRUE(budget.give_back(lease));
  EXPECT_FALSE(budget.give_back(lease));
  EXPECT_EQ(budget.spent().requests, 0U);
  EXPECT_TRUE(read(budget));
}

TEST(BudgetState, CutsAReadAtTheLimitAndNotBefore) {
  BudgetState budget = state(8, 100, 100'000);
  const LeaseId lease = read(budget).value();
  EXPECT_TRUE(budget.spend(lease, 70'000));  // beyond what was set aside: extended
  EXPECT_TRUE(budget.spend(lease, 30'000));
  EXPECT_EQ(refusal(budget.spend(lease, 1)), "budget_exceeded caller");
  EXPECT_EQ(budget.spent().bytes, 100'000U);
}

TEST(BudgetState, TakesNothingForAPieceThatDoesNotFit) {
  BudgetState budget = state(8, 100, 1000);
  const LeaseId lease = read(budget).value();
  EXPECT_EQ(refusal(budget.spend(lease, 1001)), "budget_exceeded caller");
  EXPECT_EQ(refusal(budget.spend(lease, std::numeric_limits<std::uint64_t>::max())),
            "budget_exceeded caller");
  EXPECT_TRUE(budget.spend(lease, 1000));
}

TEST(BudgetState, SendsNothingWithNoBytesLeft) {
  BudgetState budget = state(8, 100, 1000);
  const LeaseId lease = read(budget).value();
  ASSERT_TRUE(budget.spend(lease, 1000));
  budget.release(lease);
  EXPECT_EQ(refusal(read(budget)), "budget_exceeded caller");
  EXPECT_EQ(refusal(write(budget)), "budget_exceeded caller");
  EXPECT_EQ(budget.spent().requests, 1U);
}

TEST(BudgetState, TellsACallToWaitForBytesThatOthersSetAside) {
  BudgetState budget = state(8, 100, 1);
  const LeaseId first = read(budget).value();
  EXPECT_EQ(refusal(read(budget)), "budget_exceeded wait");
  budget.release(first);
  EXPECT_TRUE(read(budget));
}

TEST(BudgetState, LeavesEverySlotItsShareOfASmallBudget) {
  BudgetState budget = state(3, 100, 1000);
  std::vector<LeaseId> leases;
  for (int i = 0; i < 3; ++i) leases.push_back(read(budget).value());
  for (const LeaseId& lease : leases) EXPECT_TRUE(budget.spend(lease, 333));
  EXPECT_FALSE(budget.spend(leases[0], 2));
}

TEST(BudgetState, DoesNotLetOneReadTakeWhatAnotherSetAside) {
  BudgetState budget = state(2, 100, 2 * BudgetState::kReservation);
  const LeaseId first = read(budget).value();
  const LeaseId second = read(budget).value();
  EXPECT_EQ(refusal(budget.spend(first, BudgetState::kReservation + 1)), "budget_exceeded wait");
  EXPECT_TRUE(budget.spend(second, BudgetState::kReservation));
  EXPECT_TRUE(budget.spend(first, BudgetState::kReservation));
}

TEST(BudgetState, NeverFailsAWriteForItsAnswer) {
  BudgetState budget = state(8, 100, 1000);
  const LeaseId lease = write(budget).value();
  EXPECT_TRUE(budget.spend(lease, 5000));
  EXPECT_TRUE(budget.spend(lease, std::numeric_limits<std::uint64_t>::max()));  // and no sum overflows
  EXPECT_GT(budget.spent().bytes, 1000U);
  budget.release(lease);
  EXPECT_EQ(refusal(write(budget)), "budget_exceeded caller");
}

TEST(BudgetState, LetsAWriteTakeWhatReadsDidNotUseUpYet) {
  BudgetState budget = state(8, 100, 1000);
  const LeaseId a_write = write(budget).value();
  ASSERT_TRUE(budget.spend(a_write, 400));
  EXPECT_EQ(budget.spent().bytes, 400U);
  budget.release(a_write);
  const LeaseId a_read = read(budget).value();
  EXPECT_TRUE(budget.spend(a_read, 600));
  EXPECT_FALSE(budget.spend(a_read, 1));
}

TEST(BudgetState, TakesALostLeaseBackAfterItsDeadline) {
  BudgetState budget = state(1, 100, 1 << 20);
  const LeaseId lost = read(budget).value();
  EXPECT_EQ(refusal(read(budget, kLater - seconds(1))), "budget_exceeded wait");
  EXPECT_TRUE(read(budget, kLater));
  EXPECT_FALSE(budget.release(lost));
  EXPECT_FALSE(budget.give_back(lost));
  EXPECT_EQ(budget.in_flight(), 1U) << "the lease of the second call is its own";
  EXPECT_EQ(budget.spent().requests, 2U);
}

TEST(BudgetState, EndsAReadAndCountsAWriteWhoseLeaseWasTakenBack) {
  BudgetState budget = state(2, 100, 1 << 20);
  const LeaseId slow_read = read(budget).value();
  const LeaseId slow_write = write(budget).value();
  ASSERT_TRUE(read(budget, kLater));
  EXPECT_FALSE(budget.spend(slow_read, 1));
  EXPECT_TRUE(budget.spend(slow_write, 7));
  EXPECT_EQ(budget.spent().bytes, 7U);
}

TEST(BudgetState, GoesOnFromWhatWasSpentBefore) {
  BudgetState budget(limits(8, 10, 1000), BudgetSpent(9, 999));
  const LeaseId lease = read(budget).value();
  EXPECT_TRUE(budget.spend(lease, 1));
  EXPECT_EQ(budget.spent(), BudgetSpent(10, 1000));
  EXPECT_FALSE(read(budget));
}

// Calls that come and go in any order: well-behaved ones, ones whose holder died, and ones whose holder lives
// on after its deadline. The model knows only what each call did, none of the budget's arithmetic.
class Storm {
 public:
  explicit Storm(std::uint64_t seed)
      : random_(seed),
        limits_(limits(1 + random_.below(6), 1 + random_.below(60), 1 + random_.below(400'000))),
        budget_(limits_, BudgetSpent()) {}

  void run(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFatalFailure(); ++step) {
      now_ += std::chrono::milliseconds(random_.below(200));
      switch (random_.below(8)) {
        case 0:
        case 1:
        case 2: acquire(); break;
        case 3:
        case 4: spend(); break;
        case 5: release(); break;
        case 6: give_back(); break;
        default: crash(); break;
      }
      check();
    }
    settle();
  }

 private:
  struct Call {
    Call(LeaseId id, SteadyPoint until) : lease(id), deadline(until) {}
    LeaseId lease;
    SteadyPoint deadline;
    bool is_crashed = false;
    bool is_ended = false;
  };

  void acquire() {
    const CallKind kind = random_.below(3) == 0 ? CallKind::kWrite : CallKind::kRead;
    const SteadyPoint deadline = now_ + std::chrono::milliseconds(random_.below(1500));
    const std::uint64_t bytes_before = budget_.spent().bytes;
    const Result<LeaseId> lease = budget_.acquire(kind, now_, deadline);
    if (!lease) return;
    ASSERT_LT(bytes_before, limits_.bytes()) << "a call started at or beyond the limit";
    for (const Call& other : calls_) ASSERT_NE(other.lease, *lease);
    calls_.emplace_back(*lease, deadline);
    ++sent_;
  }

  void spend() {
    Call* const call = some_call();
    if (call == nullptr || call->is_crashed || call->is_ended) return;
    const std::uint64_t bytes = random_.below(100'000);
    const bool spent = budget_.spend(call->lease, bytes).has_value();
    const bool is_read = call->lease.kind() == CallKind::kRead;
    ASSERT_TRUE(spent || is_read) << "a write was failed";
    if (spent) (is_read ? read_bytes_ : written_bytes_) += bytes;
  }

  void release() {
    Call* const call = some_call();
    if (call == nullptr) return;
    const bool freed = budget_.release(call->lease);
    ASSERT_FALSE(freed && call->is_ended) << "released twice";
    call->is_ended = true;
  }

  void give_back() {
    Call* const call = some_call();
    if (call == nullptr) return;
    const bool freed = budget_.give_back(call->lease);
    ASSERT_FALSE(freed && call->is_ended) << "released twice";
    if (freed) --sent_;
    call->is_ended = true;
  }

  void crash() {
    if (Call* const call = some_call()) call->is_crashed = true;
  }

  Call* some_call() { return calls_.empty() ? nullptr : &calls_[random_.below(calls_.size())]; }

  void check() {
    const auto lives = [this](const Call& call) { return !call.is_ended && call.deadline > now_; };
    ASSERT_LE(std::ranges::count_if(calls_, lives), static_cast<std::ptrdiff_t>(limits_.concurrent()));
    ASSERT_LE(budget_.in_flight(), limits_.concurrent());
    ASSERT_LE(sent_, limits_.requests());
    ASSERT_EQ(budget_.spent().requests, sent_);
    ASSERT_LE(read_bytes_, limits_.bytes());
    ASSERT_EQ(budget_.spent().bytes, read_bytes_ + written_bytes_);
  }

  // Once every deadline is over, nothing is lost: what is not spent can be had, by one call at a time.
  void settle() {
    now_ += seconds(10);
    const bool has_left = sent_ < limits_.requests() && budget_.spent().bytes < limits_.bytes();
    const Result<LeaseId> last = budget_.acquire(CallKind::kRead, now_, now_ + seconds(1));
    ASSERT_EQ(last.has_value(), has_left);
    if (!last) return;
    ASSERT_EQ(budget_.in_flight(), 1U);
    EXPECT_TRUE(budget_.spend(*last, limits_.bytes() - budget_.spent().bytes));
  }

  SeededRandom random_;
  BudgetLimits limits_;
  BudgetState budget_;
  SteadyPoint now_ = kStart;
  std::vector<Call> calls_;
  std::uint64_t sent_ = 0;
  std::uint64_t read_bytes_ = 0;
  std::uint64_t written_bytes_ = 0;
};

TEST(BudgetState, KeepsItsLimitsInEveryOrderOfCallsAndCrashes) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    Storm(seed).run(200);
    ASSERT_FALSE(HasFatalFailure());
  }
}

}  // namespace
}  // namespace hubwarden::policy
