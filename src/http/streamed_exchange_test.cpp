// What the exchange makes of answers, and of connections after them.

#include "http/streamed_exchange.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <array>

#include "http/curl_client.h"
#include "http/curl_fixture.h"
#include "http/test_certificates.h"
#include "http/test_pattern.h"

namespace hubwarden::http {
namespace {

using testing::Connection;
using testing::ok;
using testing::read_pattern;
using testing::ScriptServer;
using testing::TestAuthority;
using testing::TlsContext;

class StreamedExchangeTest : public testing::CurlFixture {
 protected:
  static ClientRequest streaming(const std::string& url) {
    ClientRequest request(Method::kGet, url);
    request.stream_answer = true;
    return request;
  }
};

TEST_F(StreamedExchangeTest, LeavesAConnectionThatTheServerClosed) {
  ScriptServer server([](Connection& peer) {
    peer.read_head();
    peer.write(ok("ABC"));
  });
  for (int i = 1; i <= 3; ++i) {
    ClientRequest request = streaming(server.url("/"));
    request.method = Method::kPost;
    const Result<ClientResponse> got = send(std::move(request));
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_EQ(run(read_pattern(*got->stream)), 3u);
    EXPECT_EQ(server.accepted(), i);
    server.wait_until_closed(i);
  }
}

// What the one before left behind must not be taken for the answer to the next.
TEST_F(StreamedExchangeTest, NeverUsesAConnectionAgainThatSaidMoreThanItsAnswer) {
  const TestAuthority authority;
  const TlsContext tls = authority.context({});
  options.tls.ca_file = authority.file();
  for (SSL_CTX* const context : {static_cast<SSL_CTX*>(nullptr), tls.get()}) {
    ScriptServer server(
        [](Connection& peer) {
          peer.answer_all(ok("ABC") + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
        },
        context);
    for (int i = 1; i <= 3; ++i) {
      const Result<ClientResponse> got = send(streaming(server.url("/")));
      ASSERT_TRUE(got) << got.error().message();
      EXPECT_EQ(run(read_pattern(*got->stream)), 3u);
      EXPECT_EQ(server.accepted(), i);
    }
  }
}

TEST_F(StreamedExchangeTest, ClosesWhatIsNotToBeUsedAgain) {
  const std::array<std::string, 4> kAnswers = {
      "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 3\r\n\r\nABC",
      "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nABC",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n3\r\nABC\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nABC\r\n0\r\n\r\nmore"};
  for (const std::string& answer : kAnswers) {
    ScriptServer server([&answer](Connection& peer) { peer.answer_all(answer); });
    for (int i = 1; i <= 2; ++i) {
      const Result<ClientResponse> got = send(streaming(server.url("/")));
      ASSERT_TRUE(got) << got.error().message();
      EXPECT_EQ(run(read_pattern(*got->stream)), 3u) << answer;
      EXPECT_EQ(server.accepted(), i) << answer;
    }
  }
}

TEST_F(StreamedExchangeTest, RefusesACodingThatItDoesNotKnow) {
  ScriptServer server([](Connection& peer) {
    peer.answer_all("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
  });
  const Result<ClientResponse> got = send(streaming(server.url("/")));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::kUpstreamProtocol);
}

TEST_F(StreamedExchangeTest, TakesAnswersThatHaveNoBody) {
  ScriptServer server([](Connection& peer) {
    for (std::string head = peer.read_head(); !head.empty(); head = peer.read_head()) {
      peer.write(head.starts_with("HEAD ")  ? "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
                 : head.starts_with("GET ") ? "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n"
                                            : "HTTP/1.1 204 No Content\r\n\r\n");
    }
  });
  for (const Method method : {Method::kHead, Method::kGet, Method::kDelete}) {
    ClientRequest request = streaming(server.url("/"));
    request.method = method;
    const Result<ClientResponse> got = send(std::move(request));
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_EQ(run(read_pattern(*got->stream)), 0u);
  }
  EXPECT_EQ(server.accepted(), 1);
}

// Byte by byte, so that every line and chunk arrives in pieces.
TEST_F(StreamedExchangeTest, ReadsAnAnswerThatComesInTheSmallestPieces) {
  const std::string answer =
      "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: "
      "chunked\r\n\r\n4\r\nABCD\r\n5;x=y\r\nEFGHI\r\n0\r\nT: t\r\n\r\n";
  ScriptServer server([&answer](Connection& peer) {
    const int on = 1;
    setsockopt(peer.socket(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (!peer.read_head().empty()) {
      for (const char& c : answer) peer.write({&c, 1});
    }
  });
  for (int i = 0; i < 2; ++i) {
    const Result<ClientResponse> got = send(streaming(server.url("/")));
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_EQ(got->fields.find("X"), "y");
    EXPECT_EQ(run(read_pattern(*got->stream)), 9u);
  }
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(StreamedExchangeTest, SendsAShortBodyWithARequestForAStream) {
  std::string seen;
  ScriptServer server([&seen](Connection& peer) {
    seen = peer.read_head();
    seen += peer.read_exactly(StreamedExchange::kMaxBody);
    peer.write(ok("ABC"));
  });
  ClientRequest request = streaming(server.url("/"));
  request.method = Method::kPost;
  request.body = std::string(StreamedExchange::kMaxBody, 'b');
  const Result<ClientResponse> got = send(std::move(request));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(run(read_pattern(*got->stream)), 3u);
  EXPECT_TRUE(seen.ends_with("\r\n\r\n" + std::string(StreamedExchange::kMaxBody, 'b')));
}

TEST_F(StreamedExchangeTest, StreamsTheAnswerToALongBody) {
  ScriptServer server([](Connection& peer) {
    peer.read_head();
    peer.read_exactly(StreamedExchange::kMaxBody + 1);
    peer.write(ok("ABC"));
  });
  ClientRequest request = streaming(server.url("/"));
  request.method = Method::kPost;
  request.body = std::string(StreamedExchange::kMaxBody + 1, 'b');
  const Result<ClientResponse> got = send(std::move(request));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(run(read_pattern(*got->stream)), 3u);
}

}  // namespace
}  // namespace hubwarden::http
