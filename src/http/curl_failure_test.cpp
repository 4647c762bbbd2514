// What goes wrong between the client and the other side, and the code that comes of it.

#include <gtest/gtest.h>

#include <array>
#include <atomic>

#include "http/curl_client.h"
#include "http/curl_fixture.h"

namespace hubwarden::http {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using testing::Connection;
using testing::ok;
using testing::ScriptServer;

class CurlFailureTest : public testing::CurlBothWays {
 protected:
  Error failure_of(ClientRequest request) {
    const Result<ClientResponse> got = send(std::move(request));
    EXPECT_FALSE(got);
    return got ? Error(ErrorCode::kInternal, "it did not fail") : got.error();
  }
  Error failure_of(const std::string& url) { return failure_of(ClientRequest(Method::kGet, url)); }
};

struct Answer {
  std::string_view name;
  std::string bytes;
  ErrorCode code;
};

// A streamed answer's length is its reader's affair.
std::vector<Answer> bad_answers(bool streams) {
  const auto protocol = ErrorCode::kUpstreamProtocol;
  const auto away = ErrorCode::kUpstreamUnavailable;
  const auto too_large = streams ? ErrorCode::kTooLarge : protocol;
  return {
      {"nothing", "", away},
      {"garbage", "\x16\x03\x01 what is this?\r\n\r\n", protocol},
      {"HTML alone", "<html>Unicorn!</html>", protocol},
      {"a status line without its end", "HTTP/1.1 200 OK", away},
      {"a head without its end", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-A", protocol},
      {"a body cut short", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncut", protocol},
      {"a chunk cut short", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc", protocol},
      {"chunks without an end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
       protocol},
      {"a chunk size that is none",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", protocol},
      {"a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc", protocol},
      {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", protocol},
      {"a length over the cap", "HTTP/1.1 200 OK\r\nContent-Length: 1025\r\n\r\n" + std::string(1025, 'x'),
       too_large},
      {"a body over the cap", "HTTP/1.1 200 OK\r\n\r\n" + std::string(1025, 'x'), too_large},
      {"a header block over the cap", "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n",
       protocol},
      {"another protocol, unasked", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", protocol},
      {"interim answers alone", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n", away},
      {"a status that is none", "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", protocol},
      {"a NUL in a field", "HTTP/1.1 200 OK\r\nX: a"s + '\0' + "b\r\nContent-Length: 0\r\n\r\n", protocol},
  };
}

TEST_P(CurlFailureTest, RefusesAnswersThatHttpDoesNotKnow) {
  for (const Answer& answer : bad_answers(streams)) {
    ScriptServer server([&answer](Connection& peer) {
      peer.read_head();
      peer.write(answer.bytes);
    });
    ClientRequest request(Method::kGet, server.url("/?token=sesame"));
    request.max_body = 1024;
    const Error error = failure_of(std::move(request));
    EXPECT_EQ(error.code(), answer.code) << answer.name << ": " << error.message() << " " << error.detail();
    EXPECT_FALSE(error.never_sent()) << answer.name;
    const bool names_host = error.message().find("127.0.0.1") != std::string::npos;
    EXPECT_TRUE(names_host || answer.code == ErrorCode::kTooLarge) << error.message();
    EXPECT_EQ((error.message() + error.detail()).find("sesame"), std::string::npos) << error.message();
  }
}

TEST_P(CurlFailureTest, TakesAnswersThatAreOnlyUnusual) {
  const std::array<std::string, 6> kAnswers = {
      "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + ok("fine"),
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nfi\r\n2;x=y\r\nne\r\n0\r\nTrailer: "
      "t\r\n\r\n",
      "HTTP/1.0 200 OK\r\n\r\nfine",
      "HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nfine",
      "HTTP/1.1 200 OK\nContent-Length: 4\n\nfine",
      "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine and more than was said",
  };
  for (const std::string& answer : kAnswers) {
    ScriptServer server([&answer](Connection& peer) {
      peer.read_head();
      peer.write(answer);
    });
    const Result<ClientResponse> got = get(server.url("/"));
    ASSERT_TRUE(got) << answer << got.error().message();
    EXPECT_EQ(got->status, 200);
    EXPECT_EQ(got->body, "fine");
    EXPECT_FALSE(got->fields.find("Link"));
    EXPECT_FALSE(got->fields.find("Trailer"));
  }
}

TEST_P(CurlFailureTest, TellsWhatItCouldNotConnectTo) {
  std::uint16_t free_port = 0;
  {
    const ScriptServer gone([](Connection&) {});
    free_port = gone.port();
  }
  const Error refused = failure_of("http://127.0.0.1:" + std::to_string(free_port) + "/?token=sesame");
  EXPECT_EQ(refused.code(), ErrorCode::kUpstreamUnavailable);
  EXPECT_EQ(refused.message(), "cannot connect to 127.0.0.1:" + std::to_string(free_port));
  EXPECT_TRUE(refused.never_sent());
  const Error unknown = failure_of("http://no-such-host.invalid/");
  EXPECT_EQ(unknown.code(), ErrorCode::kUpstreamUnavailable);
  EXPECT_EQ(unknown.message(), "cannot resolve no-such-host.invalid");
  EXPECT_TRUE(unknown.never_sent());
}

TEST_P(CurlFailureTest, GivesUpAtTheDeadline) {
  ScriptServer server([](Connection& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nslow");
    peer.wait_for_close();
  });
  ClientRequest request(Method::kGet, server.url("/"));
  const SteadyPoint begin = clock.steady_now();
  request.deadline = begin + 100ms;
  const Error error = failure_of(std::move(request));
  EXPECT_EQ(error.code(), ErrorCode::kUpstreamTimeout);
  EXPECT_EQ(error.message(),
            "no answer from 127.0.0.1:" + std::to_string(server.port()) + " before the deadline");
  EXPECT_FALSE(error.never_sent());
  EXPECT_GE(clock.steady_now() - begin, 98ms);
  EXPECT_LT(clock.steady_now() - begin, 5s);
}

TEST_P(CurlFailureTest, DoesNotBeginAfterTheDeadline) {
  ScriptServer server([](Connection& peer) { peer.answer_all(ok("")); });
  ClientRequest request(Method::kGet, server.url("/"));
  request.deadline = clock.steady_now() - 1ms;
  const Error error = failure_of(std::move(request));
  EXPECT_EQ(error.code(), ErrorCode::kUpstreamTimeout);
  EXPECT_TRUE(error.never_sent());
  EXPECT_EQ(server.accepted(), 0);
}

TEST_P(CurlFailureTest, GivesUpOnATransferThatStalls) {
  options.stall_timeout = 1s;
  ScriptServer server([](Connection& peer) {
    peer.read_head();
    peer.wait_for_close();
  });
  const Error error = failure_of(server.url("/"));
  EXPECT_EQ(error.code(), ErrorCode::kUpstreamTimeout);
  EXPECT_FALSE(error.never_sent());
}

// Answers once, takes one more request and closes without a word: what a server does that restarts in
// between.
void answer_once(Connection& peer) {
  peer.read_head();
  peer.write(ok("fine"));
  peer.read_head();
}

TEST_P(CurlFailureTest, RepeatsOnlyWhatDoesNoHarmTwice) {
  struct Case {
    Method method;
    bool repeatable;
    bool repeated;
  };
  constexpr std::array<Case, 5> kCases = {{{Method::kGet, false, true},
                                           {Method::kPut, false, true},
                                           {Method::kDelete, false, true},
                                           {Method::kPost, false, false},
                                           {Method::kPost, true, true}}};
  for (const Case& one : kCases) {
    ScriptServer server(answer_once);
    ASSERT_TRUE(get(server.url("/")));
    ClientRequest request(one.method, server.url("/"));
    request.repeatable = one.repeatable;
    const Result<ClientResponse> got = send(std::move(request));
    EXPECT_EQ(got.has_value(), one.repeated) << to_string(one.method);
    if (got) continue;
    EXPECT_EQ(got.error().code(), ErrorCode::kUpstreamUnavailable);
    EXPECT_FALSE(got.error().never_sent());
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, CurlFailureTest, ::testing::ValuesIn(testing::kBothWays),
                         testing::name_of_way);

}  // namespace
}  // namespace hubwarden::http
