// The section `approvals`: whom the news of them go to.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/fake_files.h"
#include "config/load.h"

namespace hubwarden::config {
namespace {

using testing::HasSubstr;

class ApprovalsSection : public testing::Test {
 protected:
  ApprovalsSection() { files_.add("/secret", std::string(32, 's') + "\n").add("/short", "short\n"); }

  // What is wrong with it, or what is unwise, or the URL.
  std::string told_of(const std::string& members) {
    files_.add("hubwarden.yaml", "approvals: {webhook: {" + members + "}}");
    const auto loaded = load(Arguments{}, Environment(), files_);
    if (!loaded) return loaded.error().front().text();
    for (const Problem& warning : loaded->warnings) {
      if (warning.text().find("approvals") != std::string::npos) return warning.text();
    }
    return loaded->config.approvals.webhook_url;
  }

  FakeFiles files_;
};

TEST_F(ApprovalsSection, NamesAServerAndASecret) {
  for (const std::string& url :
       std::vector<std::string>{"https://chat.example.com/hubwarden", "https://[::1]:8443/x",
                                "http://127.0.0.1:9000/hook", "http://localhost/"}) {
    EXPECT_EQ(told_of("url: '" + url + "', secret: file:/secret"), url);
  }
}

TEST_F(ApprovalsSection, RefusesWhatWouldGoInTheClearOrIsNoUrl) {
  for (const std::string& url : std::vector<std::string>{
           "http://chat.example.com/x", "http://127.0.0.1.example.com/", "ftp://x/",
           "https://user:pass@chat.example.com/", "chat.example.com", "https://x/?a=b"}) {
    EXPECT_THAT(told_of("url: '" + url + "', secret: file:/secret"), HasSubstr("must be a URL")) << url;
  }
}

TEST_F(ApprovalsSection, NeedsTheSecret) {
  EXPECT_THAT(told_of("url: https://chat.example.com/"), HasSubstr("needs approvals.webhook.secret"));
  EXPECT_THAT(told_of("url: https://chat.example.com/, secret: file:/short"), HasSubstr("shorter than 16"));
  EXPECT_THAT(told_of("secret: file:/secret"), HasSubstr("never used"));
  EXPECT_THAT(told_of("url: https://chat.example.com/, secret: hunter2"), HasSubstr("must be a reference"));
}

}  // namespace
}  // namespace hubwarden::config
