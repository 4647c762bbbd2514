#include "tokens/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hubwarden::tokens {
namespace {

using ::testing::HasSubstr;

policy::PermissionSet permissions(std::string_view text) {
  return *policy::PermissionSet::parse(text);
}

github::Installation installation(std::string_view granted) {
  github::Installation made(InstallationId(7), *policy::Owner::parse("acme"));
  made.permissions = permissions(granted).levels();
  return made;
}

Sights well() {
  Sights sights;
  sights.app.emplace();
  sights.skew = Duration::zero();
  sights.installation.emplace(installation("contents:write"));
  sights.mint.emplace();
  return sights;
}

// "github+ app-key+ clock! installation?": whole, broken, unseen.
std::string told(const Sights& sights, std::string_view wanted = "contents:write") {
  std::string text;
  for (const LinkState& state : judge(sights, permissions(wanted))) {
    if (!text.empty()) text += ' ';
    text.append(to_string(state.link)).append(1, "+!?"[state.state]);
    EXPECT_EQ(state.error.has_value(), state.state == LinkState::kBroken) << text;
  }
  return text;
}

TEST(Diagnosis, FindsEveryLinkWholeWhenAllIsWell) {
  EXPECT_EQ(told(well()), "github+ app-key+ clock+ installation+ permissions+ mint+");
}

TEST(Diagnosis, SaysOfTheAppsAnswerWhichLinkItSpeaksOf) {
  const auto with = [](Error error) {
    Sights sights;
    sights.app.emplace(std::unexpected(std::move(error)));
    return told(sights);
  };
  EXPECT_EQ(with(Error(ErrorCode::kUpstreamUnavailable, "no connection")),
            "github! app-key? clock? installation? permissions? mint?");
  EXPECT_EQ(with(Error(ErrorCode::kRateLimited, "wait").with_upstream_status(403)),
            "github! app-key? clock? installation? permissions? mint?");
  EXPECT_EQ(with(Error(ErrorCode::kUpstreamAuth, "key").with_upstream_status(401)),
            "github+ app-key! clock? installation? permissions? mint?");
  EXPECT_EQ(with(Error(ErrorCode::kUpstreamAuth, "exp").with_upstream_status(401).with_blamed_clock()),
            "github+ app-key? clock! installation? permissions? mint?");
  EXPECT_EQ(with(Error(ErrorCode::kNotConfigured, "no App")),
            "github? app-key! clock? installation? permissions? mint?");
}

TEST(Diagnosis, TellsASuspendedInstallationFromOneThatIsNotThere) {
  Sights sights = well();
  sights.mint.reset();
  sights.installation.emplace(std::unexpected(Error(ErrorCode::kAppNotInstalled, "not there")));
  EXPECT_EQ(told(sights), "github+ app-key+ clock+ installation! permissions? mint?");
  github::Installation suspended = installation("contents:write");
  suspended.suspended_at = TimePoint();
  sights.installation.emplace(std::move(suspended));
  EXPECT_EQ(told(sights), "github+ app-key+ clock+ installation! permissions? mint?");
  EXPECT_THAT(judge(sights, permissions("contents:read"))[3].error->message(), HasSubstr("suspended"));
}

TEST(Diagnosis, NamesThePermissionsThatTheInstallationLacks) {
  Sights sights = well();
  sights.mint.emplace(std::unexpected(Error(ErrorCode::kPermissionNotGranted, "no")));
  const auto states = judge(sights, permissions("contents:admin,issues:read,metadata:read"));
  EXPECT_EQ(states[4].state, LinkState::kBroken);
  EXPECT_THAT(states[4].error->message(), HasSubstr("contents:admin, issues:read"));
  EXPECT_EQ(told(well(), "contents:read,metadata:read"),
            "github+ app-key+ clock+ installation+ permissions+ mint+");
}

TEST(Diagnosis, KeepsForTheMintWhatNoEarlierStepHasShown) {
  Sights sights = well();
  sights.mint.emplace(std::unexpected(Error(ErrorCode::kUpstreamUnavailable, "unicorn")));
  EXPECT_EQ(told(sights), "github+ app-key+ clock+ installation+ permissions+ mint!");
  // The look-up was right a moment ago: what the mint says is about the mint.
  sights.mint.emplace(std::unexpected(Error(ErrorCode::kAppNotInstalled, "not given")));
  EXPECT_EQ(told(sights), "github+ app-key+ clock+ installation+ permissions+ mint!");
  // Nobody else has looked.
  sights.installation.reset();
  EXPECT_EQ(told(sights), "github+ app-key+ clock+ installation! permissions? mint?");
}

}  // namespace
}  // namespace hubwarden::tokens
