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

TEST(Fingerprint, IsReadBackAndNothingElseIs) {
  for (const std::string_view secret : {"ghs_abc", "github_pat_abc", "abc", ""}) {
    const Fingerprint made = fingerprint(Secret(secret));
    EXPECT_EQ(Fingerprint::parse(made.text()), made);
  }
  for (const std::string_view text :
       {"", "…", "ghs_", "ghs_…", "ghs_…0123456789a", "ghs_…0123456789abc", "ghs_…0123456789AB",
        "ghx_…0123456789ab", "ghs_...0123456789ab", "ghs_16C7e42F292c6912E7710c838347Ae178B4a", " none"}) {
    EXPECT_FALSE(Fingerprint::parse(text)) << text;
  }
}

}  // namespace
}  // namespace hubwarden::crypto
