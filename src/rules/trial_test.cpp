#include "rules/trial.h"

#include <gtest/gtest.h>

#include "rules/grant.h"
#include "rules/rules_fixture.h"

namespace hubwarden::rules {
namespace {

using namespace std::chrono_literals;

Decision decided(Verdict verdict) {
  Decision decision;
  decision.verdict = verdict;
  return decision;
}

TEST(Difference, IsWhatTheTrialWouldSayInstead) {
  constexpr Verdict kAll[] = {Verdict::kAllow, Verdict::kConsent, Verdict::kRefuse};
  constexpr Difference kNamed[] = {Difference::kWouldAllow, Difference::kWouldAsk, Difference::kWouldRefuse};
  for (std::size_t present = 0; present < 3; ++present) {
    for (std::size_t trial = 0; trial < 3; ++trial) {
      EXPECT_EQ(difference(decided(kAll[present]), decided(kAll[trial])),
                present == trial ? Difference::kNone : kNamed[trial]);
    }
  }
}

TEST(Difference, IsThereWhenATokenMayDoOtherThingsOrLivesForAnotherTime) {
  Decision present = decided(Verdict::kAllow);
  present.token = *policy::PermissionSet::parse("contents:write");
  Decision trial = present;
  trial.rule = "another name is none";
  EXPECT_EQ(difference(present, trial), Difference::kNone);
  trial.ttl = 15min;
  EXPECT_EQ(difference(present, trial), Difference::kWouldDiffer);
  trial = present;
  trial.token = *policy::PermissionSet::parse("contents:read");
  EXPECT_EQ(difference(present, trial), Difference::kWouldDiffer);
}

TEST(Difference, OfASessionIsWhoseItIsAndHowLong) {
  SessionGift gift;
  gift.agent = "one";
  const Result<SessionGift> one = gift;
  gift.agent = "other";
  const Result<SessionGift> other = gift;
  const Result<SessionGift> none = fail(ErrorCode::kForbidden, "no rule is for this caller");
  EXPECT_EQ(difference(one, one), Difference::kNone);
  EXPECT_EQ(difference(none, none), Difference::kNone);
  EXPECT_EQ(difference(one, other), Difference::kWouldDiffer);
  EXPECT_EQ(difference(one, none), Difference::kWouldRefuse);
  EXPECT_EQ(difference(none, one), Difference::kWouldAllow);
}

TEST(GrantUnderAnotherPolicy, IsOfTheSameCallerAndNarrowedInTheSameWay) {
  const auto book_of = [](const std::string& operation) {
    return *RuleBook::make({rule_of("r", who_of("ci", {}), {"acme/*"}, {may_do({operation})})}, {});
  };
  const policy::Repository widgets = repository("acme/widgets"), gadgets = repository("acme/gadgets");
  Narrowing to;
  to.repositories = {widgets};
  const Grant present = Grant::of(book_of("repos/get"), caller_of("ci", {})).narrowed(std::move(to));
  const Grant trial = present.under(book_of("issues/get"));
  const auto says = [](const Grant& grant, std::string_view operation, const policy::Repository& about) {
    return grant.decide(ask_to(operation, std::vector{about})).missing;
  };
  EXPECT_EQ(says(trial, "issues/get", widgets), Missing::kNothing);
  EXPECT_EQ(says(trial, "repos/get", widgets), Missing::kOperation);
  EXPECT_EQ(says(trial, "issues/get", gadgets), Missing::kNarrowing);
  EXPECT_EQ(says(present, "repos/get", widgets), Missing::kNothing);
}

}  // namespace
}  // namespace hubwarden::rules
