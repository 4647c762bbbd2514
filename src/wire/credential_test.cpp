#include "wire/credential.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>

namespace hubwarden::wire {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

TEST(CredentialLines, AreReadAsGitWritesThem) {
  const auto request =
      parse_credential("protocol=https\nhost=github.com:443\npath=acme/widgets.git\nusername=octocat\n\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->protocol, "https");
  EXPECT_EQ(request->host, "github.com:443");
  EXPECT_EQ(request->path, "acme/widgets.git");
  EXPECT_EQ(request->username, "octocat");
  EXPECT_TRUE(request->password.empty());
}

TEST(CredentialLines, EndAtTheBlankLineOrTheEnd) {
  for (const std::string& tail : {""s, "\n"s, "\n\n"s, "\n\nhost=evil.example\n"s}) {
    const auto request = parse_credential("protocol=https\nhost=github.com" + tail);
    ASSERT_TRUE(request) << tail;
    EXPECT_EQ(request->host, "github.com");
    EXPECT_FALSE(request->path);
  }
}

TEST(CredentialLines, KeepEqualsSignsAndSpacesOfAValue) {
  const auto request = parse_credential("protocol=https\nhost=h\npath= a=b =\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, " a=b =");
}

TEST(CredentialLines, IgnoreKeysOfOtherVersionsOfGit) {
  const auto request = parse_credential(
      "capability[]=authtype\ncapability[]=state\nprotocol=https\nwwwauth[]=Basic realm=\"GitHub\"\n"
      "wwwauth[]=\nhost=github.com\npassword_expiry_utc=1\noauth_refresh_token=x\nnever_heard_of=it\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->host, "github.com");
}

TEST(CredentialLines, CarryThePasswordOfAnErase) {
  const auto request = parse_credential("protocol=https\nhost=github.com\nusername=u\npassword=ghs_secret\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->password.reveal(), "ghs_secret");
}

TEST(CredentialLines, KnowWhenNothingMoreIsComing) {
  EXPECT_TRUE(is_complete_credential("\n"));
  EXPECT_TRUE(is_complete_credential("host=a\n\n"));
  EXPECT_FALSE(is_complete_credential(""));
  EXPECT_FALSE(is_complete_credential("host=a\n"));
  EXPECT_FALSE(is_complete_credential("host=a"));
}

struct Hostile {
  std::string name;
  std::string input;
  CredentialFault fault;
};

const Hostile kHostile[] = {
    {"Nothing", "", CredentialFault::kNoProtocol},
    {"BlankLineFirst", "\nprotocol=https\nhost=github.com\n", CredentialFault::kNoProtocol},
    {"NoProtocol", "host=github.com\n", CredentialFault::kNoProtocol},
    {"EmptyProtocol", "protocol=\nhost=github.com\n", CredentialFault::kNoProtocol},
    {"NoHost", "protocol=https\npath=acme/widgets\n", CredentialFault::kNoHost},
    {"EmptyHost", "protocol=https\nhost=\n", CredentialFault::kNoHost},
    {"HostBehindTheBlankLine", "protocol=https\n\nhost=github.com\n", CredentialFault::kNoHost},
    {"HostOfAnotherCase", "protocol=https\nHost=github.com\n", CredentialFault::kNoHost},
    {"HostAsAList", "protocol=https\nhost[]=github.com\n", CredentialFault::kNoHost},
    {"HostTwice", "protocol=https\nhost=evil.example\nhost=github.com\n", CredentialFault::kTwice},
    {"SameHostTwice", "protocol=https\nhost=github.com\nhost=github.com\n", CredentialFault::kTwice},
    {"EmptyHostThenHost", "protocol=https\nhost=\nhost=github.com\n", CredentialFault::kTwice},
    {"ProtocolTwice", "protocol=http\nprotocol=https\nhost=github.com\n", CredentialFault::kTwice},
    {"PathTwice", "protocol=https\nhost=github.com\npath=a/b\npath=c/d\n", CredentialFault::kTwice},
    {"UsernameTwice", "protocol=https\nhost=h\nusername=a\nusername=b\n", CredentialFault::kTwice},
    {"PasswordTwice", "protocol=https\nhost=h\npassword=a\npassword=b\n", CredentialFault::kTwice},
    {"WindowsLines", "protocol=https\r\nhost=github.com\r\n\r\n", CredentialFault::kControlByte},
    {"CarriageReturnAsNewline", "protocol=https\nhost=evil\rhost=github.com\n",
     CredentialFault::kControlByte},
    {"Nul", "protocol=https\nhost=github.com\0.evil\n"s, CredentialFault::kControlByte},
    {"NulInAKey", "protocol=https\nho\0st=github.com\n"s, CredentialFault::kControlByte},
    {"Tab", "protocol=https\nhost=github.com\npath=a\tb\n", CredentialFault::kControlByte},
    {"Delete", "protocol=https\nhost=github.com\x7f\n", CredentialFault::kControlByte},
    {"EscapeInAnUnknownKey", "protocol=https\nhost=h\nx=\x1b[2J\n", CredentialFault::kControlByte},
    {"NoEquals", "protocol=https\nhost\n", CredentialFault::kNotKeyValue},
    {"NoKey", "protocol=https\n=github.com\n", CredentialFault::kNotKeyValue},
    {"Prose", "GET / HTTP/1.1\n\n", CredentialFault::kNotKeyValue},
    {"Url", "protocol=https\nhost=evil\nurl=https://github.com/a/b\n", CredentialFault::kUrl},
    {"UrlFirst", "url=https://github.com/a/b\n", CredentialFault::kUrl},
    {"LongLine", "protocol=https\nhost=h\nx=" + std::string(kMaxCredentialLine - 1, 'a') + "\n",
     CredentialFault::kTooLong},
    {"LongInput", "protocol=https\nhost=h\n" + std::string(kMaxCredentialInput, '\n'),
     CredentialFault::kTooLong},
};

class HostileLines : public testing::TestWithParam<Hostile> {};

TEST_P(HostileLines, AreRefused) {
  const auto request = parse_credential(GetParam().input);
  ASSERT_FALSE(request);
  EXPECT_EQ(to_string(request.error()), to_string(GetParam().fault));
}

INSTANTIATE_TEST_SUITE_P(Credential, HostileLines, testing::ValuesIn(kHostile),
                         [](const auto& hostile) { return hostile.param.name; });

// A newline inside a URL's path becomes a line of its own; whatever it says, the host stays what git asked
// for or the whole is refused.
TEST(CredentialLines, NeverLetAnInjectedLineChooseTheHost) {
  for (const std::string injected :
       {"host=github.com", "protocol=https", "url=https://github.com", "path=x/y"}) {
    EXPECT_FALSE(parse_credential("protocol=https\nhost=evil.example\npath=a\n" + injected + "\n\n"))
        << injected;
  }
}

TEST(CredentialLines, OfTheGreatestLengthAreRead) {
  const std::string line = "x=" + std::string(kMaxCredentialLine - 2, 'a') + "\n";
  std::string input = "protocol=https\nhost=h\n";
  while (input.size() + line.size() <= kMaxCredentialInput) input += line;
  EXPECT_TRUE(parse_credential(input));
}

TEST(CredentialLines, ManyOfThemAreReadInOnePass) {
  std::string input = "protocol=https\nhost=h\n";
  for (int i = 0; i < 65'536; ++i) input += "k=v\n";
  EXPECT_TRUE(parse_credential(input));
}

TEST(CredentialLines, OfAnyBytesNeverYieldWhatIsNotOnALine) {
  std::mt19937 random(7);
  const std::string alphabet = "phu=\n\r\0st"s;
  for (int round = 0; round < 20'000; ++round) {
    std::string input = round % 2 == 0 ? "protocol=https\nhost=github.com\n" : "";
    for (auto i = random() % 40; i > 0; --i) input += alphabet[random() % alphabet.size()];
    const auto request = parse_credential(input);
    if (!request) continue;
    EXPECT_EQ(request->protocol.find_first_of("\n\r\0"s), std::string::npos);
    EXPECT_NE(("\n" + input).find("\nhost=" + request->host), std::string::npos);
  }
}

TEST(CredentialAnswer, HasThreeLinesAndABlankOne) {
  const TimePoint expiry = TimePoint(1'790'000'000s + 750ms);
  const auto lines = format_credential(Credential("x-access-token", Secret("ghs_abc"), expiry));
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->reveal(), "username=x-access-token\npassword=ghs_abc\npassword_expiry_utc=1790000000\n\n");
}

TEST(CredentialAnswer, LeavesOutAnExpiryThatIsNotKnown) {
  const auto lines = format_credential(Credential("x-access-token", Secret("pat"), std::nullopt));
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->reveal(), "username=x-access-token\npassword=pat\n\n");
}

TEST(CredentialAnswer, IsNotGivenForAValueThatWouldMakeALineOfItsOwn) {
  for (const std::string& token : {""s, "a\nhost=evil"s, "a\r"s, "a\0b"s, "a\tb"s}) {
    EXPECT_FALSE(format_credential(Credential("x-access-token", Secret(token), std::nullopt)));
  }
  EXPECT_FALSE(format_credential(Credential("", Secret("t"), std::nullopt)));
}

}  // namespace
}  // namespace hubwarden::wire
