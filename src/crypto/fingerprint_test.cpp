#include "crypto/fingerprint.h"

#include <gtest/gtest.h>

#include <string>

namespace hubwarden::crypto {
namespace {

TEST(Fingerprint, KeepsAPublishedPrefixAndNothingElseOfTheSecret) {
  const struct {
    std::string_view secret, text;
  } cases[] = {
      {"abc", "…ba7816bf8f01"},  // the first 12 digits of FIPS 180-2's example
      {"ghs_16C7e42F292c6912E7710c838347Ae178B4a", "ghs_…"},
      {"ghp_x", "ghp_…"},
      {"github_pat_x", "github_pat_…"},
      {"hws_x", "hws_…"},
      {"secret_but_unknown", "…"},
      {"GHS_x", "…"},
      {"", "none"},
  };
  for (const auto& c : cases) {
    const std::string text = fingerprint(Secret(c.secret)).text();
    EXPECT_TRUE(text.starts_with(c.text)) << text;
    const std::string_view ellipsis = "…";
    const auto at = text.find(ellipsis);
    if (at == std::string::npos) continue;
    EXPECT_EQ(text.size() - at - ellipsis.size(), 12U) << text;
  }
}

TEST(Fingerprint, TellsSecretsApartThatBeginAlike) {
  EXPECT_NE(fingerprint(Secret("ghs_aaaa")), fingerprint(Secret("ghs_aaab")));
  EXPECT_EQ(fingerprint(Secret("ghs_aaaa")), fingerprint(Secret("ghs_aaaa")));
}

}  // namespace
}  // namespace hubwarden::crypto
