#include "tokens/fallback.h"

#include <gtest/gtest.h>

#include "tests/support/fake_upstream.h"

namespace hubwarden::tokens {
namespace {

using testing::permissions;
using testing::repository;

TEST(Fallback, StandsInOnlyWhereTheAppCannotWork) {
  const std::pair<ErrorCode, StandIn> rows[] = {
      {ErrorCode::kUpstreamAuth, StandIn::kAlways},
      {ErrorCode::kInstallationSuspended, StandIn::kAlways},
      {ErrorCode::kNotConfigured, StandIn::kAlways},
      {ErrorCode::kAppNotInstalled, StandIn::kUnlessInstalled},
      {ErrorCode::kRateLimited, StandIn::kNever},
      {ErrorCode::kUpstreamUnavailable, StandIn::kNever},
      {ErrorCode::kUpstreamTimeout, StandIn::kNever},
      {ErrorCode::kUpstreamProtocol, StandIn::kNever},
      {ErrorCode::kPermissionNotGranted, StandIn::kNever},
      {ErrorCode::kInvalidRequest, StandIn::kNever},
      {ErrorCode::kForbidden, StandIn::kNever},
      {ErrorCode::kUnavailable, StandIn::kNever},
      {ErrorCode::kInternal, StandIn::kNever},
  };
  for (const auto& [code, expected] : rows)
    EXPECT_EQ(stand_in_for(Error(code, "x")), expected) << to_string(code);
}

TEST(Fallback, LeavesAWrongClockToBePutRight) {
  EXPECT_EQ(stand_in_for(Error(ErrorCode::kUpstreamAuth, "clock").with_blamed_clock()), StandIn::kNever);
}

TEST(Fallback, CoversOnlyItsHostAndItsListAndOnlyReading) {
  const TokenPtr token = testing::make_token("ghp_x", TimePoint{}, std::chrono::hours(1));
  const Fallback reads("github.com", token, {repository("acme/docs"), repository("acme/site")}, false);
  const auto read = PermissionSelection::of(permissions("contents:read,issues:read"));
  const auto write = PermissionSelection::of(permissions("contents:read,issues:write"));
  EXPECT_TRUE(reads.covers("github.com", {repository("ACME/Docs")}, read));
  EXPECT_FALSE(reads.covers("github.com", {repository("acme/docs")}, write));
  EXPECT_FALSE(reads.covers("github.com", {repository("acme/docs")}, PermissionSelection::all_granted()));
  EXPECT_FALSE(reads.covers("github.com", {repository("acme/docs"), repository("acme/secret")}, read));
  EXPECT_FALSE(reads.covers("github.com", {}, read));
  EXPECT_FALSE(reads.covers("github.example.com", {repository("acme/docs")}, read));
  const Fallback writes("github.com", token, {repository("acme/docs")}, true);
  EXPECT_TRUE(writes.covers("github.com", {repository("acme/docs")}, write));
  EXPECT_FALSE(writes.covers("github.com", {repository("acme/site")}, read));
}

}  // namespace
}  // namespace hubwarden::tokens
