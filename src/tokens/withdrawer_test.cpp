#include "tokens/withdrawer.h"

#include <gmock/gmock.h>

#include <set>
#include <string>
#include <vector>

#include "tokens/withdrawal_fixture.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class WithdrawerTest : public WithdrawalTest {
 protected:
  TokenPtr mint(std::uint64_t id) { return WithdrawalTest::mint(engine, scope_for(id)); }
  Withdrawn withdraw(std::function<bool(const Scope&)> concerns, std::vector<TokenPtr> in_hands = {}) {
    return time.run(withdrawer.withdraw(std::move(concerns), std::move(in_hands)));
  }
  static bool everything(const Scope&) { return true; }
  static bool nothing(const Scope&) { return false; }
};

TEST_F(WithdrawerTest, TakesBackWhatIsConcernedAndNothingElse) {
  const std::string gone(mint(1)->reveal());
  mint(2);
  const std::string key = scope_for(1).key();
  const Withdrawn done = withdraw([&key](const Scope& scope) { return scope.key() == key; });
  EXPECT_EQ(done.revoked, 1U);
  EXPECT_THAT(done.left_over, IsEmpty());
  EXPECT_THAT(revoker.revoked, ElementsAre(gone));
  EXPECT_EQ(engine.size(), 1U);
}

TEST_F(WithdrawerTest, TakesBackWhatSomebodyHasInHandsOnceAndOutOfBothTiers) {
  const TokenPtr token = mint(1);
  const Withdrawn done = withdraw(nothing, {token, token});
  EXPECT_EQ(done.revoked, 1U);
  EXPECT_THAT(revoker.revoked, ElementsAre(std::string(token->reveal())));
  EXPECT_EQ(engine.size(), 0U);
  EXPECT_FALSE(time.run(shared.find(scope_for(1).key())).minted);
}

TEST_F(WithdrawerTest, TakesManyBackAFewAtATime) {
  for (std::uint64_t id = 1; id <= 100; ++id) mint(id);
  const SteadyPoint begun = time.clock().steady_now();
  EXPECT_EQ(withdraw(everything).revoked, 100U);
  EXPECT_EQ(time.clock().steady_now() - begun, 7 * revoker.takes) << "a hundred, sixteen at a time";
}

TEST_F(WithdrawerTest, TellsWhatGitHubDidNotTakeBackAndGoesOnTrying) {
  const TokenPtr token = mint(1);
  revoker.error = Error(ErrorCode::kUpstreamUnavailable, "GitHub is away");
  const Withdrawn done = withdraw(everything);
  EXPECT_EQ(done.revoked, 0U);
  ASSERT_THAT(done.left_over, SizeIs(1));
  EXPECT_EQ(done.left_over.front().fingerprint, token->fingerprint());
  EXPECT_EQ(done.left_over.front().until, token->expires_at());
  EXPECT_EQ(done.left_over.front().why, "GitHub is away; it is tried again");
  revoker.error.reset();
  time.advance(2min);
  EXPECT_THAT(revoker.revoked, ElementsAre(std::string(token->reveal())));
}

TEST_F(WithdrawerTest, DoesNotWaitForEverForAGitHubThatSaysNothing) {
  revoker.takes = 1h;
  for (std::uint64_t id = 1; id <= 100; ++id) mint(id);
  const Withdrawn done = withdraw(everything);
  EXPECT_EQ(done.revoked, 0U);
  EXPECT_THAT(done.left_over, SizeIs(100));
  revoker.takes = 50ms;
  time.advance(5min);
  EXPECT_THAT(std::set<std::string>(revoker.revoked.begin(), revoker.revoked.end()), SizeIs(100)) << "later";
}

TEST_F(WithdrawerTest, SaysWhichTokensAreNotItsOwnToTakeBack) {
  TokenFacts facts;
  facts.source = TokenSource::kStatic;
  const auto fixed = std::make_shared<const Token>(Secret("ghp_fixed"), "ghp_…0123", facts);
  const Withdrawn done = withdraw(nothing, {fixed});
  EXPECT_EQ(done.revoked, 0U);
  ASSERT_THAT(done.left_over, SizeIs(1));
  EXPECT_EQ(done.left_over.front().fingerprint, "ghp_…0123");
  EXPECT_THAT(revoker.revoked, IsEmpty());
}

TEST_F(WithdrawerTest, TakesBackWhatNobodyHas) {
  const TokenPtr token = mint(1);
  withdrawer.take_back(token, time.executor());
  time.advance(2s);
  EXPECT_THAT(revoker.revoked, ElementsAre(std::string(token->reveal())));
}

}  // namespace
}  // namespace hubwarden::tokens
