#include "apps/hubwarden/telemetry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obs/capturing_log.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::apps {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class TelemetryTest : public ::testing::Test {
 protected:
  static tokens::TokenFacts facts() {
    tokens::TokenFacts facts;
    facts.minted_at = TimePoint(1'800'000'000s);
    facts.expires_at = facts.minted_at + 1h;
    return facts;
  }
  static tokens::TokenCover cover() {
    tokens::TokenCover cover;
    cover.permissions = {{"contents", "read"}};
    cover.repositories = {"acme/widgets"};
    return cover;
  }

  obs::CapturingLog log;
  obs::Metrics metrics;
  testing::VirtualTime time{TimePoint(1'800'000'000s)};
  SeededRandom random{1};
  ledger::Ledger nowhere{{ledger::SigningKey(Secret("unused")), time.clock(), time, random, metrics, log},
                         {}};
  Telemetry telemetry{time.clock(), nowhere, log, metrics};
  tokens::Scope scope{tokens::AppRef("github.com", "1"), InstallationId(7),
                      tokens::RepositorySelection::all(), tokens::PermissionSelection::all_granted()};
  tokens::Token token{Secret("ghs_secret"), "ghs_…3f9a1c0de4b2", facts(), cover()};
};

TEST_F(TelemetryTest, TellsOfAMintInALineAndInNumbers) {
  telemetry.minted(scope, token, 250ms);
  const obs::CapturedEvent line = log.last("github.token_minted");
  EXPECT_THAT(line.line, StartsWith("[github] "));
  EXPECT_EQ(line.field("scope"), "acme/widgets contents:read");
  EXPECT_EQ(line.field("installation"), "7");
  EXPECT_EQ(line.field("took"), "0.25s");
  EXPECT_THAT(metrics.render(), HasSubstr("hubwarden_mints_total 1\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("hubwarden_mint_seconds_count 1\n"));
}

TEST_F(TelemetryTest, CountsFailuresByWhatMayBeDone) {
  telemetry.mint_failed(scope, Error(ErrorCode::kRateLimited, "used up"));
  telemetry.mint_failed(scope, Error(ErrorCode::kUpstreamTimeout, "slow"));
  telemetry.mint_failed(scope, Error(ErrorCode::kUpstreamUnavailable, "away"));
  telemetry.mint_failed(scope, Error(ErrorCode::kAppNotInstalled, "no").with_detail("Not Found"));
  const std::string page = metrics.render();
  EXPECT_THAT(page, HasSubstr("hubwarden_mint_failures_total{kind=\"rate_limited\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("hubwarden_mint_failures_total{kind=\"transient\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("hubwarden_mint_failures_total{kind=\"permanent\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("hubwarden_mint_errors_total{error=\"upstream_timeout\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("hubwarden_mint_errors_total{error=\"app_not_installed\"} 1\n"));
  EXPECT_EQ(log.last("github.mint_failed").field("detail"), "Not Found");
  EXPECT_EQ(log.last("github.mint_failed").severity, obs::Severity::kWarning);
}

TEST_F(TelemetryTest, CountsCorrectionsOfTheClock) {
  telemetry.clock_corrected(-300s);
  EXPECT_THAT(metrics.render(), HasSubstr("hubwarden_github_clock_corrections_total 1\n"));
  EXPECT_EQ(log.last("github.clock_corrected").severity, obs::Severity::kWarning);
}

TEST_F(TelemetryTest, TellsWhatCameOfATokensEnd) {
  const tokens::Ending ending(tokens::AppRef("github.com", "1"), Secret("ghs_secret"), "ghs_…3f9a1c0de4b2",
                              time.clock().now(), time.clock().now() + 45min);
  telemetry.end_failed(ending, Error(ErrorCode::kUpstreamTimeout, "slow"));
  telemetry.end_failed(ending, Error(ErrorCode::kUpstreamTimeout, "slow"));
  telemetry.ended(ending);
  telemetry.end_given_up(ending);
  EXPECT_THAT(log.last("github.token_ended").line, HasSubstr("3f9a1c0de4b2"));
  EXPECT_EQ(log.last("github.token_end_failed").field("error"), "upstream_timeout");
  EXPECT_EQ(log.last("github.token_not_ended").severity, obs::Severity::kError);
  EXPECT_THAT(log.text(), Not(HasSubstr("ghs_secret")));
  EXPECT_THAT(metrics.render(), HasSubstr("hubwarden_token_ends_total{outcome=\"failed\"} 2\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("hubwarden_token_ends_total{outcome=\"revoked\"} 1\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("hubwarden_token_ends_total{outcome=\"given_up\"} 1\n"));
}

TEST_F(TelemetryTest, ShowsFingerprintsAndNeverTokens) {
  telemetry.minted(scope, token, 1ms);
  telemetry.served_stale(scope, token);
  telemetry.forgotten(scope, token);
  EXPECT_EQ(log.events().size(), 3U);
  EXPECT_THAT(log.text() + metrics.render(), Not(HasSubstr("ghs_secret")));
  EXPECT_THAT(log.text(), HasSubstr("3f9a1c0de4b2"));
  EXPECT_THAT(metrics.render(), HasSubstr("hubwarden_stale_tokens_total 1\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("hubwarden_forgotten_tokens_total 1\n"));
}

}  // namespace
}  // namespace hubwarden::apps
