#include "github/rate_table.h"

#include <gtest/gtest.h>

#include "github/rate_fixture.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;
using testing::kStart;
using testing::limited;

class RateTableTest : public ::testing::Test {
 protected:
  RateTable::Entry* use(std::uint64_t installation) { return table.use(InstallationId(installation), now()); }
  Moment now() const { return Moment(clock); }

  // One request of the installation; its ticket.
  RateTicket enter(std::uint64_t installation) {
    RateAsk ask(InstallationId(installation), "one", SteadyPoint::max());
    auto waiter = std::make_shared<RateWaiter>(std::move(ask), SteadyPoint::max());
    RateGate& gate = use(installation)->gate;
    gate.enter(waiter, now());
    return std::get<RateTicket>(waiter->outcome);
  }
  void close(std::uint64_t installation) {
    const RateTicket ticket = enter(installation);
    const Result<> meaning = limited(Limit::kSecondary, 60s);
    RateGate& gate = use(installation)->gate;
    EXPECT_FALSE(gate.answered(ticket, RateAnswer(403, {}, meaning), now()));
    gate.leave(now());
  }
  bool has(std::uint64_t installation) {
    for (const RateTable::Entry& entry : table.entries()) {
      if (entry.installation == InstallationId(installation)) return true;
    }
    return false;
  }

  ManualClock clock{kStart};
  RateOptions options;
  RateTable table{options, 2};
};

TEST_F(RateTableTest, ForgetsWhatWasUnusedForLongest) {
  use(1);
  use(2);
  use(1);
  use(3);
  EXPECT_TRUE(has(1) && has(3));
  EXPECT_FALSE(has(2));
}

TEST_F(RateTableTest, ForgetsAClosedOneLast) {
  close(1);
  use(2);
  use(3);
  EXPECT_TRUE(has(1) && has(3));
  close(3);
  use(4);
  EXPECT_FALSE(has(1));
  EXPECT_TRUE(has(3) && has(4));
}

TEST_F(RateTableTest, NeverForgetsOneWithRequestsUnderWay) {
  enter(1);
  enter(2);
  EXPECT_EQ(use(3), nullptr);
  use(2)->gate.leave(now());
  EXPECT_NE(use(3), nullptr);
  EXPECT_TRUE(has(1) && has(3));
}

TEST_F(RateTableTest, TakesAForgottenOneOutOfTheGauge) {
  obs::Gauge gauge;
  use(1)->closings.push_back(std::make_shared<Closing>(gauge, SteadyPoint::max()));
  EXPECT_EQ(gauge.value(), 1);
  use(2);
  use(3);
  EXPECT_EQ(gauge.value(), 0);
}

}  // namespace
}  // namespace hubwarden::github
