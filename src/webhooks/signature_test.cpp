#include "webhooks/signature.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace hubwarden::webhooks {
namespace {

// GitHub's own example.
constexpr std::string_view kSecret = "It's a Secret to Everybody";
constexpr std::string_view kBody = "Hello, World!";
constexpr std::string_view kSignature =
    "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

WebhookSecrets secrets(std::initializer_list<std::string_view> texts) {
  WebhookSecrets all;
  for (const std::string_view text : texts) all.emplace_back(text);
  return all;
}

bool holds(const WebhookSecrets& known, std::string_view body, std::string_view field = kSignature) {
  Result<SignatureCheck> check = SignatureCheck::begin(known, field);
  if (!check) return false;
  for (std::size_t at = 0; at < body.size(); at += 5) check->add(body.substr(at, 5));
  return check->holds();
}

TEST(SignatureCheck, HoldsForGitHubsOwnExample) {
  EXPECT_TRUE(holds(secrets({kSecret}), kBody));
}

TEST(SignatureCheck, HoldsForTheOldAndTheNewSecretWhileOneReplacesTheOther) {
  EXPECT_TRUE(holds(secrets({kSecret, "new"}), kBody));
  EXPECT_TRUE(holds(secrets({"new", kSecret}), kBody));
}

TEST(SignatureCheck, FailsForAnotherSecretAnotherBodyAndNoSecret) {
  EXPECT_FALSE(holds(secrets({"new"}), kBody));
  EXPECT_FALSE(holds(secrets({kSecret}), "Hello, World?"));
  EXPECT_FALSE(holds(secrets({kSecret}), ""));
  EXPECT_FALSE(holds(secrets({}), kBody));
}

TEST(SignatureCheck, FailsForEveryBitThatDiffers) {
  for (std::size_t at = 7; at < kSignature.size(); ++at) {
    std::string other(kSignature);
    other[at] = other[at] == '0' ? '1' : '0';
    EXPECT_FALSE(holds(secrets({kSecret}), kBody, other)) << at;
  }
}

TEST(SignatureCheck, IsNotBegunForAnotherForm) {
  const std::string digits(kSignature.substr(7));
  const std::string fields[] = {"",
                                digits,
                                "sha1=" + digits,
                                "SHA256=" + digits,
                                "sha256=",
                                "sha256=" + digits + "0",
                                "sha256=" + digits.substr(1),
                                "sha256= " + digits.substr(1),
                                "sha256=" + std::string(64, 'g'),
                                "sha256=" + std::string(64, 'A'),
                                "sha256=" + std::string(1000, '0')};
  for (const std::string& field : fields) {
    const Result<SignatureCheck> check = SignatureCheck::begin(secrets({kSecret}), field);
    ASSERT_FALSE(check.has_value()) << field;
    EXPECT_EQ(check.error().code(), ErrorCode::kUnauthenticated);
  }
  EXPECT_FALSE(SignatureCheck::begin(secrets({kSecret}), std::nullopt).has_value());
}

}  // namespace
}  // namespace hubwarden::webhooks
