#include "wire/http1_request.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace hubwarden::wire {
namespace {

using namespace std::string_literals;

// 0: accepted. -1: the head has not ended.
int status_of(std::string_view bytes) {
  HeadScanner scanner;
  const auto found = scanner.scan(bytes);
  if (!found) return found.error().status;
  if (found->size == 0) return -1;
  RequestHead head;
  const auto parsed = head.parse(bytes.substr(0, found->size));
  return parsed ? 0 : parsed.error().status;
}

struct Case {
  std::string what;
  std::string bytes;
  int status;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.what;
}

class RefusedRequest : public testing::TestWithParam<Case> {};

TEST_P(RefusedRequest, HasItsStatus) {
  EXPECT_EQ(status_of(GetParam().bytes), GetParam().status);
}

std::string get(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}
std::string post(const std::string& fields) {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}
std::string target(const std::string& text) {
  return "GET " + text + " HTTP/1.1\r\nHost: h\r\n\r\n";
}
std::string line(const std::string& text) {
  return text + "\r\nHost: h\r\n\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    RequestLine, RefusedRequest,
    testing::Values(
        Case{"no target", line("GET HTTP/1.1"), 400}, Case{"no version", line("GET /"), 400},
        Case{"method alone", line("GET"), 400}, Case{"empty line only twice", "\r\n\r\n", 400},
        Case{"empty target", line("GET  HTTP/1.1"), 400}, Case{"two blanks", line("GET  / HTTP/1.1"), 400},
        Case{"leading blank", line(" GET / HTTP/1.1"), 400},
        Case{"tab as blank", line("GET\t/ HTTP/1.1"), 400},
        Case{"trailing blank", line("GET / HTTP/1.1 "), 400},
        Case{"four parts", line("GET / x HTTP/1.1"), 400},
        Case{"method with a colon", line("G:T / HTTP/1.1"), 400},
        Case{"method with a slash", line("G/T / HTTP/1.1"), 400},
        Case{"method with a control byte", line("G\x01T / HTTP/1.1"), 400},
        Case{"method with obs-text", line("G\xc3\xa4T / HTTP/1.1"), 400},
        Case{"method with NUL", line("G\0T / HTTP/1.1"s), 400},
        Case{"lower-case version", line("GET / http/1.1"), 400},
        Case{"misspelt version", line("GET / HTPT/1.1"), 400},
        Case{"short version", line("GET / HTTP/1"), 400}, Case{"long version", line("GET / HTTP/1.10"), 400},
        Case{"letters in the version", line("GET / HTTP/a.b"), 400},
        Case{"HTTP/2.0", line("GET / HTTP/2.0"), 505}, Case{"HTTP/3.0", line("GET / HTTP/3.0"), 505},
        Case{"HTTP/1.2", line("GET / HTTP/1.2"), 505}, Case{"HTTP/0.9", line("GET / HTTP/0.9"), 505},
        Case{"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\n", 505},
        Case{"a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\r\n"s, 400}));

INSTANTIATE_TEST_SUITE_P(
    Target, RefusedRequest,
    testing::Values(Case{"fragment", target("/a#b"), 400}, Case{"no slash", target("a"), 400},
                    Case{"obs-text", target("/\xc3\xa4"), 400}, Case{"NUL", target("/\0"s), 400},
                    Case{"control byte", target("/\x01"), 400}, Case{"DEL", target("/\x7f"), 400},
                    Case{"backslash", target("/a\\b"), 400}, Case{"quote", target("/\"x\""), 400},
                    Case{"angle bracket", target("/<script>"), 400}, Case{"caret", target("/^"), 400},
                    Case{"brace", target("/{id}"), 400}, Case{"bar", target("/a|b"), 400},
                    Case{"half an escape", target("/%2"), 400}, Case{"no escape", target("/%zz"), 400},
                    Case{"percent at the end", target("/%"), 400}, Case{"asterisk of GET", target("*"), 400},
                    Case{"other scheme", target("ftp://h/"), 400},
                    Case{"scheme without host", target("http:///a"), 400},
                    Case{"other host", target("http://other/a"), 400},
                    Case{"other port", target("http://h:8080/a"), 400},
                    Case{"user information", target("http://user@h/a"), 400},
                    Case{"authority form", line("CONNECT h:443 HTTP/1.1"), 501},
                    Case{"8 KiB and more", target("/" + std::string(kMaxTarget, 'a')), 414},
                    Case{"a long target that never ends", "GET /" + std::string(9000, 'a'), 414}));

INSTANTIATE_TEST_SUITE_P(
    Fields, RefusedRequest,
    testing::Values(
        Case{"blank before the colon", get("A : b\r\n"), 400},
        Case{"tab before the colon", get("A\t: b\r\n"), 400}, Case{"no colon", get("abc\r\n"), 400},
        Case{"no name", get(": b\r\n"), 400}, Case{"quoted name", get("\"a\": b\r\n"), 400},
        Case{"name with obs-text", get("\xc3\xa4: b\r\n"), 400},
        Case{"name with NUL", get("a\0b: c\r\n"s), 400}, Case{"value with NUL", get("a: b\0c\r\n"s), 400},
        Case{"value with a control byte", get("a: b\x02\r\n"), 400},
        Case{"value with DEL", get("a: \x7f\r\n"), 400},
        Case{"folded by a blank", get("a: b\r\n c\r\n"), 400},
        Case{"folded by a tab", get("a: b\r\n\tc\r\n"), 400},
        Case{"folded at once", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
        Case{"bare LF after the request line", "GET / HTTP/1.1\nHost: h\r\n\r\n", 400},
        Case{"bare LF after a field", "GET / HTTP/1.1\r\nHost: h\n\r\n", 400},
        Case{"bare LF at the end", "GET / HTTP/1.1\r\nHost: h\r\n\n", 400},
        Case{"LF alone everywhere", "GET / HTTP/1.1\nHost: h\n\n", 400},
        Case{"bare CR in a value", get("a: b\rc: d\r\n"), 400}, Case{"CR CR LF", get("a: b\r\r\n"), 400},
        Case{"CR in the request line", "GET /\r HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        Case{"more than 100", get([] {
               std::string fields;
               for (int i = 0; i < 100; ++i) fields += "a: b\r\n";
               return fields;
             }()),
             431},
        Case{"more than 32 KiB", get("a: " + std::string(kMaxHeadBytes, 'x') + "\r\n"), 431},
        Case{"more than 32 KiB that never end", "GET / HTTP/1.1\r\na: " + std::string(kMaxHeadBytes, 'x'),
             431}));

INSTANTIATE_TEST_SUITE_P(
    Host, RefusedRequest,
    testing::Values(Case{"missing", "GET / HTTP/1.1\r\n\r\n", 400},
                    Case{"two", "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400},
                    Case{"two in HTTP/1.0", "GET / HTTP/1.0\r\nHost: h\r\nhost: i\r\n\r\n", 400},
                    Case{"empty", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
                    Case{"with a path", "GET / HTTP/1.1\r\nHost: h/a\r\n\r\n", 400},
                    Case{"with a user", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400},
                    Case{"with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
                    Case{"with a wrong port", "GET / HTTP/1.1\r\nHost: h:x\r\n\r\n", 400},
                    Case{"with a long port", "GET / HTTP/1.1\r\nHost: h:123456\r\n\r\n", 400},
                    Case{"two ports", "GET / HTTP/1.1\r\nHost: h:1:2\r\n\r\n", 400},
                    Case{"open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
                    Case{"no address in brackets", "GET / HTTP/1.1\r\nHost: [h]\r\n\r\n", 400}));

INSTANTIATE_TEST_SUITE_P(
    Framing, RefusedRequest,
    testing::Values(
        Case{"length and coding", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400},
        Case{"coding and length", post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400},
        Case{"two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n"), 400},
        Case{"two equal lengths", post("Content-Length: 3\r\nContent-Length: 3\r\n"), 400},
        Case{"a list of lengths", post("Content-Length: 3,3\r\n"), 400},
        Case{"a list of lengths with a blank", post("Content-Length: 3, 3\r\n"), 400},
        Case{"positive length", post("Content-Length: +3\r\n"), 400},
        Case{"negative", post("Content-Length: -3\r\n"), 400},
        Case{"hexadecimal", post("Content-Length: 0x3\r\n"), 400},
        Case{"blank inside", post("Content-Length: 3 3\r\n"), 400},
        Case{"fraction", post("Content-Length: 3.0\r\n"), 400},
        Case{"empty length", post("Content-Length:\r\n"), 400},
        Case{"more than 64 bits", post("Content-Length: 18446744073709551616\r\n"), 413},
        Case{"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Case{"chunked, gzip", post("Transfer-Encoding: chunked, gzip\r\n"), 400},
        Case{"gzip", post("Transfer-Encoding: gzip\r\n"), 400},
        Case{"gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n"), 501},
        Case{"identity", post("Transfer-Encoding: identity\r\n"), 400},
        Case{"chunked twice", post("Transfer-Encoding: chunked, chunked\r\n"), 400},
        Case{"two codings' fields", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
             400},
        Case{"two different fields", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
             400},
        Case{"an empty element", post("Transfer-Encoding: , chunked\r\n"), 501},
        Case{"an empty coding", post("Transfer-Encoding:\r\n"), 400},
        Case{"a quoted coding", post("Transfer-Encoding: \"chunked\"\r\n"), 400},
        Case{"a parameter", post("Transfer-Encoding: chunked;q=1\r\n"), 400},
        Case{"xchunked", post("Transfer-Encoding: xchunked\r\n"), 400},
        Case{"a vertical tab",
             post("Transfer-Encoding: \x0b"
                  "chunked\r\n"),
             400},
        Case{"unknown expectation", post("Expect: 200-ok\r\n"), 417},
        Case{"two expectations", post("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 417},
        Case{"empty expectation", post("Expect:\r\n"), 417}));

class AcceptedRequest : public testing::TestWithParam<Case> {};

TEST_P(AcceptedRequest, IsParsed) {
  EXPECT_EQ(status_of(GetParam().bytes), GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, AcceptedRequest,
    testing::Values(Case{"plain", get(""), 0}, Case{"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 0},
                    Case{"empty value", get("a:\r\n"), 0},
                    Case{"no blank after the colon", get("a:b\r\n"), 0},
                    Case{"obs-text in a value", get("a: \xc3\xa4\r\n"), 0},
                    Case{"tab in a value", get("a: b\tc\r\n"), 0},
                    Case{"unknown method", line("BREW / HTTP/1.1"), 0},
                    Case{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 0},
                    Case{"Host with a port", "GET / HTTP/1.1\r\nHost: h:8080\r\n\r\n", 0},
                    Case{"Host with an empty port", "GET / HTTP/1.1\r\nHost: h:\r\n\r\n", 0},
                    Case{"Host by address", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 0},
                    Case{"every character of a path", target("/-._~!$&'()*+,;=:@/?a=b&c=%2F"), 0},
                    Case{"a target of 8 KiB", target("/" + std::string(kMaxTarget - 1, 'a')), 0},
                    Case{"unfinished", "GET / HTTP/1.1\r\nHost: h\r\n", -1}, Case{"nothing", "", -1}));

TEST(RequestHead, GivesWhatItRead) {
  const std::string bytes =
      "POST /a/b?c=d HTTP/1.1\r\nHost: h\r\nX-Two:  one \r\nx-two: two\r\nContent-Length: 12\r\nExpect: "
      "100-Continue\r\n\r\n";
  RequestHead head;
  ASSERT_TRUE(head.parse(bytes));
  EXPECT_EQ(head.method(), "POST");
  EXPECT_EQ(head.target(), "/a/b?c=d");
  EXPECT_FALSE(head.is_http_1_0());
  EXPECT_TRUE(head.keep_alive());
  EXPECT_TRUE(head.expects_continue());
  EXPECT_EQ(head.framing(), Framing::kLength);
  EXPECT_EQ(head.content_length(), 12U);
  EXPECT_EQ(head.fields().size(), 5U);
  EXPECT_EQ(head.find("X-TWO"), "one");
  EXPECT_EQ(head.find("X-Three"), std::nullopt);
}

TEST(RequestHead, ForgetsTheRequestBefore) {
  RequestHead head;
  ASSERT_TRUE(head.parse(post("Content-Length: 12\r\nExpect: 100-continue\r\nConnection: close\r\n")));
  ASSERT_TRUE(head.parse(get("")));
  EXPECT_EQ(head.framing(), Framing::kNone);
  EXPECT_EQ(head.content_length(), 0U);
  EXPECT_FALSE(head.expects_continue());
  EXPECT_TRUE(head.keep_alive());
  EXPECT_EQ(head.fields().size(), 1U);
}

TEST(RequestHead, TreatsALengthOfZeroAsNoBody) {
  RequestHead head;
  ASSERT_TRUE(head.parse(post("Content-Length: 0\r\nExpect: 100-continue\r\n")));
  EXPECT_EQ(head.framing(), Framing::kNone);
  EXPECT_FALSE(head.expects_continue());
}

TEST(RequestHead, KnowsWhetherTheConnectionGoesOn) {
  const std::vector<std::pair<std::string, bool>> cases = {
      {get(""), true},
      {get("Connection: close\r\n"), false},
      {get("Connection: Keep-Alive, CLOSE\r\n"), false},
      {get("Connection: keep-alive\r\nConnection: close\r\n"), false},
      {get("Connection: upgrade\r\n"), true},
      {get("Connection: closed\r\n"), true},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
      {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
  };
  for (const auto& [bytes, expected] : cases) {
    RequestHead head;
    ASSERT_TRUE(head.parse(bytes)) << bytes;
    EXPECT_EQ(head.keep_alive(), expected) << bytes;
  }
}

TEST(RequestHead, TakesThePathOfAnAbsoluteTarget) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"http://h/a?b", "/a?b"},  {"HTTP://H/", "/"},      {"http://h", "/"},
      {"http://h?b=c", "/?b=c"}, {"http://h:80/a", "/a"}, {"https://h:443/a", "/a"},
  };
  for (const auto& [sent, expected] : cases) {
    const std::string bytes = target(sent);
    RequestHead head;
    ASSERT_TRUE(head.parse(bytes)) << sent;
    EXPECT_EQ(head.target(), expected) << sent;
  }
}

TEST(HeadScanner, FindsTheEndWhereverTheBytesWereCut) {
  const std::string bytes = get("A: b\r\nC: d\r\n");
  const std::string more = bytes + "GET /next";
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    HeadScanner scanner;
    const auto early = scanner.scan(std::string_view(more).substr(0, cut));
    ASSERT_TRUE(early) << cut;
    EXPECT_EQ(early->size, 0U) << cut;
    const auto whole = scanner.scan(more);
    ASSERT_TRUE(whole) << cut;
    EXPECT_EQ(whole->size, bytes.size()) << cut;
  }
}

TEST(HeadScanner, RefusesInThePieceThatMakesItWrong) {
  HeadScanner scanner;
  ASSERT_TRUE(scanner.scan("GET / HTTP/1.1\r\nHost"));
  EXPECT_FALSE(scanner.scan("GET / HTTP/1.1\r\nHost: h\n"));
}

// Whatever the bytes are, the codec answers and stays within them (the sanitizers watch).
TEST(RequestHead, SurvivesEveryChangeOfOneByte) {
  const std::string bytes =
      "POST http://h/a%20b?c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: "
      "100-continue\r\n\r\n";
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(byte);
      status_of(changed);
    }
  }
}

}  // namespace
}  // namespace hubwarden::wire
