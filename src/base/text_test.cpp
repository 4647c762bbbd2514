#include "base/text.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace hubwarden {
namespace {

using std::string_literals::operator""s;
using testing::ElementsAre;

std::string random_bytes(Random& random, std::size_t max) {
  std::string bytes(random.below(max + 1), '\0');
  random.fill(std::as_writable_bytes(std::span(bytes.data(), bytes.size())));
  return bytes;
}

TEST(Text, ComparesAsciiWithoutCase) {
  EXPECT_TRUE(equal_ignoring_case("Content-TYPE", "content-type"));
  EXPECT_FALSE(equal_ignoring_case("content-type", "content-type "));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));  // a case bit apart, but no letters
  EXPECT_FALSE(equal_ignoring_case("\xc4", "\xe4"));
  EXPECT_TRUE(contains_ignoring_case("A Secondary RATE limit", "secondary rate"));
  EXPECT_TRUE(contains_ignoring_case("x", ""));
  EXPECT_FALSE(contains_ignoring_case("", "x"));
  EXPECT_EQ(lower("AZaz09\xc4"), "azaz09\xc4");
}

TEST(Text, TrimsBlanksAndNothingElse) {
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim("\na\r"), "\na\r");
  EXPECT_EQ(trim(" \t "), "");
}

TEST(Text, SplitsIntoOnePartMoreThanThereAreSeparators) {
  EXPECT_THAT(split("a,b,c", ','), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split(",a,", ','), ElementsAre("", "a", ""));
}

TEST(Text, KnowsUtf8) {
  for (const std::string& text :
       {""s, "a\0\n\x7f"s, "\xc2\x80\xc3\xa4"s, "\xe2\x82\xac"s, "\xf4\x8f\xbf\xbf"s}) {
    EXPECT_TRUE(is_utf8(text)) << testing::PrintToString(text);
  }
  for (const std::string& text :
       {"\xc3"s, "a\xa4"s, "\xc0\x80"s, "\xed\xa0\x80"s, "\xf4\x90\x80\x80"s, "\xff"s}) {
    EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(text);
  }
}

TEST(Printable, DropsWhatATerminalOrALogWouldActOn) {
  EXPECT_EQ(printable("plain text", 100), "plain text");
  EXPECT_EQ(printable("a\r\nb\0c\x1b[31m\x7f"s, 100), "abc[31m");
  EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f \xe2\x9c\x93 \xf0\x9f\x98\x80", 100),
            "gr\xc3\xbc\xc3\x9f \xe2\x9c\x93 \xf0\x9f\x98\x80");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "31mb",
                      100),
            "a31mb");  // U+009B, the one-character form of ESC [
}

TEST(Printable, DropsWhatIsNotUtf8) {
  EXPECT_EQ(printable("a\xff\xfe\xc3", 100), "a");                      // no lead byte, cut short
  EXPECT_EQ(printable("\xc0\xafx\xe0\x80\xafx", 100), "xx");            // overlong slashes
  EXPECT_EQ(printable("\xed\xa0\x80x", 100), "x");                      // half of a surrogate pair
  EXPECT_EQ(printable("\xf4\x90\x80\x80x\xf8\x88\x80\x80", 100), "x");  // beyond U+10FFFF
  EXPECT_EQ(printable("\xe2\x9cx", 100), "x");  // the letter after a cut sequence stays
}

TEST(Printable, CutsBetweenCharacters) {
  EXPECT_EQ(printable("abcdef", 3), "abc");
  EXPECT_EQ(printable("ab\xc3\xbc", 3), "ab");
  EXPECT_EQ(printable("ab\xc3\xbc", 4), "ab\xc3\xbc");
  EXPECT_EQ(printable("abc", 0), "");
}

TEST(Printable, IsShortCleanAndStableForAnyBytes) {
  SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t max = random.below(40);
    const std::string out = printable(random_bytes(random, 60), max);
    ASSERT_LE(out.size(), max);
    ASSERT_EQ(printable(out, max), out);
    for (const char c : out) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
}

// RFC 4648, section 10.
TEST(Base64, WritesAndReadsTheVectorsOfItsRfc) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64(as_bytes(bytes)), text);
    EXPECT_EQ(decode_base64(text), bytes);
  }
}

TEST(Base64, HasOneSpellingForEachValue) {
  for (const char* text :
       {"Zg", "Zg=", "Zg===", "====", "=", "Zh==", "Zm9=", "Zm9v=", "Zm 9v", "Zm9v\n", "Zm-_", "Z"}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
  for (const char* text : {"Zg==", "Z", "Zh", "Zm9", "Zm+/", "Zm9v\n"}) {
    EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
  }
}

TEST(Base64, GivesAnyBytesBack) {
  SeededRandom random(2);
  for (int i = 0; i < 5000; ++i) {
    const std::string bytes = random_bytes(random, 80);
    ASSERT_EQ(decode_base64(base64(as_bytes(bytes))), bytes);
    ASSERT_EQ(decode_base64url(base64url(as_bytes(bytes))), bytes);
  }
}

TEST(Base64, EncodesAgainWhatItDecodes) {
  SeededRandom random(3);
  constexpr std::string_view kAlphabet = "AQgwZz09-_=+/";
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (auto length = random.below(9); length > 0; --length)
      text += kAlphabet[random.below(kAlphabet.size())];
    if (const auto bytes = decode_base64url(text)) {
      ASSERT_EQ(base64url(as_bytes(*bytes)), text);
    }
    if (const auto bytes = decode_base64(text)) {
      ASSERT_EQ(base64(as_bytes(*bytes)), text);
    }
  }
}

TEST(Hex, WritesEveryByteAsTwoDigits) {
  EXPECT_EQ(hex(as_bytes("\x00\x0f\xf0\xff"s)), "000ff0ff");
  EXPECT_EQ(hex({}), "");
}

TEST(Percent, EncodesAllButTheUnreservedCharacters) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a/b c%?#\xc3\xbc"), "a%2Fb%20c%25%3F%23%C3%BC");
}

TEST(Percent, RefusesBrokenEscapesAndNul) {
  EXPECT_EQ(percent_decode("a%2fb%2Fc+d"), "a/b/c+d");
  for (const char* text :
       {"%", "%2", "a%2", "%zz", "%2z", "%z2", "%%41", "%00", "a%00b", "% 1", "%+1", "%-1"}) {
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
  }
}

TEST(Percent, GivesAnyTextWithoutNulBack) {
  SeededRandom random(4);
  for (int i = 0; i < 5000; ++i) {
    std::string text = random_bytes(random, 60);
    std::erase(text, '\0');
    ASSERT_EQ(percent_decode(percent_encode(text)), text);
  }
}

TEST(ParseNumber, TakesWholeNumbersInRange) {
  EXPECT_EQ(parse_number<int>("0"), 0);
  EXPECT_EQ(parse_number<int>("007"), 7);
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "2147483648", "one"}) {
    EXPECT_EQ(parse_number<int>(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551616"), std::nullopt);
}

TEST(EditDistance, CountsSingleEdits) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("refresh_ahead", "refresh_ahed"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(EditDistance, IsADistance) {
  SeededRandom random(5);
  const auto word = [&] {
    std::string text;
    for (auto length = random.below(7); length > 0; --length)
      text += static_cast<char>('a' + random.below(3));
    return text;
  };
  for (int i = 0; i < 5000; ++i) {
    const std::string a = word();
    const std::string b = word();
    const std::string c = word();
    ASSERT_EQ(edit_distance(a, b), edit_distance(b, a));
    ASSERT_EQ(edit_distance(a, b) == 0, a == b);
    ASSERT_LE(edit_distance(a, c), edit_distance(a, b) + edit_distance(b, c));
  }
}

}  // namespace
}  // namespace hubwarden
