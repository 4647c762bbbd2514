// The section `webhooks`: the one secret that may stand in a list.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/fake_files.h"
#include "config/load.h"

namespace hubwarden::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kOne = "It's a Secret to Everybody";
constexpr std::string_view kTwo = "with, a comma, and blanks";

class WebhooksSection : public testing::Test {
 protected:
  WebhooksSection() {
    files_.add("/one", std::string(kOne) + "\n").add("/two", std::string(kTwo) + "\n");
    files_.add("/short", "short\n").add("/lines", "one line\nand another\n");
  }

  std::vector<std::string> secrets_of(std::string yaml) {
    files_.add("hubwarden.yaml", std::move(yaml));
    const auto loaded = load(Arguments{}, environment_, files_);
    std::vector<std::string> texts;
    if (!loaded) return {"refused: " + loaded.error().front().text()};
    for (const SharedSecret& secret : loaded->config.webhooks.secrets) texts.emplace_back(secret->reveal());
    for (const Problem& warning : loaded->warnings) {
      if (warning.text().find("webhooks") != std::string::npos) texts.push_back("warned: " + warning.text());
    }
    return texts;
  }

  Environment environment_;
  FakeFiles files_;
};

TEST_F(WebhooksSection, HaveOneSecretOrAList) {
  EXPECT_THAT(secrets_of("webhooks: {secret: file:/one}"), ElementsAre(kOne));
  EXPECT_THAT(secrets_of("webhooks: {secret: [file:/two, file:/one]}"), ElementsAre(kTwo, kOne));
  EXPECT_THAT(secrets_of("webhooks: {poll_deliveries: 5m}"), IsEmpty());
}

TEST_F(WebhooksSection, TakeTheirSecretFromTheEnvironment) {
  environment_["HUBWARDEN_WEBHOOKS_SECRET"] = std::string(kTwo);
  EXPECT_THAT(secrets_of(""), ElementsAre(kTwo));
  environment_["HUBWARDEN_WEBHOOKS_SECRET"] = "file:/one,file:/two";
  EXPECT_THAT(secrets_of(""), ElementsAre(kOne, kTwo));
}

TEST_F(WebhooksSection, RefuseWhatIsNoSecretWithoutRepeatingIt) {
  const std::string literal = secrets_of("webhooks: {secret: [file:/one, hunter2hunter2]}").front();
  EXPECT_THAT(literal, HasSubstr("must be a reference"));
  EXPECT_EQ(literal.find("hunter2"), std::string::npos);
  EXPECT_THAT(secrets_of("webhooks: {secret: file:/lines}"), ElementsAre(HasSubstr("one line")));
  EXPECT_THAT(secrets_of("webhooks: {secret: {one: file:/one}}"), ElementsAre(HasSubstr("must be")));
  std::string many = "webhooks: {secret: [file:/one";
  for (int i = 0; i < 8; ++i) many += ", file:/one";
  EXPECT_THAT(secrets_of(many + "]}"), ElementsAre(HasSubstr("more than 8 entries")));
}

TEST_F(WebhooksSection, WarnOfAShortSecret) {
  EXPECT_THAT(secrets_of("webhooks: {secret: file:/short}"),
              ElementsAre("short", HasSubstr("shorter than 16 characters")));
}

TEST_F(WebhooksSection, ArePolledBetweenASecondAndADay) {
  files_.add("hubwarden.yaml", "webhooks: {poll_deliveries: 5m}");
  EXPECT_EQ(load(Arguments{}, environment_, files_)->config.webhooks.poll_deliveries, 5min);
  EXPECT_THAT(secrets_of("webhooks: {poll_deliveries: 0s}"), ElementsAre(HasSubstr("poll_deliveries")));
  EXPECT_THAT(secrets_of("webhooks: {poll_deliveries: 25h}"), ElementsAre(HasSubstr("poll_deliveries")));
}

}  // namespace
}  // namespace hubwarden::config
