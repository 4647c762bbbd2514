#include "http/server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "http/server_fixture.h"
#include "obs/request_id.h"

namespace hubwarden::http {
namespace {

using namespace std::chrono_literals;

TEST_F(ServerTest, AnswersARequestWithWhatEveryAnswerHas) {
  TestClient client(listen());
  client.send(get_request("/hello?x"));
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "/hello");
  EXPECT_TRUE(answer.has("Content-Type: text/plain"));
  EXPECT_TRUE(answer.has("Date: Fri, 20 Dec 2019 00:00:00 GMT")) << answer.head;
  EXPECT_TRUE(answer.has("Content-Length: 6"));
  EXPECT_NE(answer.head.find("X-Request-Id: "), std::string::npos);
  EXPECT_EQ(answer.head.find("Connection"), std::string::npos);
}

TEST_F(ServerTest, TellsBrowsersWhatTheyMayDoWithEveryAnswer) {
  TestClient client(listen());
  for (const char* path : {"/hello", "/later?1", "/chunks", "/none", "/throw"}) {
    client.send(get_request(path));
    const Answer answer = client.receive();
    EXPECT_TRUE(answer.has("X-Content-Type-Options: nosniff")) << path;
    EXPECT_EQ(answer.head.find("Strict-Transport-Security"), std::string::npos) << "said without TLS";
    const bool is_error = answer.status >= 400;
    const std::string policy = "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'";
    EXPECT_EQ(answer.has(policy), is_error) << path;
  }
  client.send("GET nonsense\r\n\r\n");
  const Answer refusal = client.receive();
  EXPECT_EQ(refusal.status, 400);
  EXPECT_TRUE(refusal.has("X-Content-Type-Options: nosniff")) << refusal.head;
  EXPECT_TRUE(refusal.has("Content-Security-Policy: default-src 'none'; frame-ancestors 'none'"));
}

TEST_F(ServerTest, KeepsTheConnectionForManyRequests) {
  TestClient client(listen());
  for (int i = 0; i < 100; ++i) {
    const std::string path = "/" + std::to_string(i);
    client.send(get_request(path));
    EXPECT_EQ(client.receive().body, path);
  }
  EXPECT_EQ(server_->open_connections(), 1U);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  TestClient client(listen());
  std::string requests;
  const std::vector<std::string> paths = {"/a", "/later?1", "/chunks", "/b", "/later?2", "/none", "/c"};
  for (const std::string& path : paths) requests += get_request(path);
  requests += post_request("/echo", "body") + get_request("/d");
  client.send(requests);
  EXPECT_EQ(client.receive().body, "/a");
  EXPECT_EQ(client.receive().body, "later 1");
  EXPECT_EQ(client.receive().body, AlphabetSource::text(300'000));
  EXPECT_EQ(client.receive().body, "/b");
  EXPECT_EQ(client.receive().body, "later 2");
  EXPECT_EQ(client.receive().status, 204);
  EXPECT_EQ(client.receive().body, "/c");
  EXPECT_EQ(client.receive().body, "body");
  EXPECT_EQ(client.receive().body, "/d");
}

TEST_F(ServerTest, AnswersMorePipelinedRequestsThanATurnAndABufferHold) {
  TestClient client(listen());
  std::string requests;
  for (int i = 0; i < 2000; ++i)
    requests += get_request("/" + std::to_string(i), "X-Pad: " + std::string(200, 'p') + "\r\n");
  std::thread sender([&] { client.send(requests); });
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(client.receive().body, "/" + std::to_string(i));
  sender.join();
}

TEST_F(ServerTest, DoesNotHoldAnAnswerBackForALaterRequest) {
  TestClient client(listen());
  client.send(get_request("/a") + get_request("/hold"));
  EXPECT_EQ(client.receive().body, "/a");
  handler_.released.set();
  EXPECT_EQ(client.receive().body, "held");
}

TEST_F(ServerTest, ReadsARequestThatComesByteByByte) {
  TestClient client(listen());
  for (const char byte : post_request("/echo", "slow")) client.send({&byte, 1});
  EXPECT_EQ(client.receive().body, "slow");
}

TEST_F(ServerTest, ForgivesOneEmptyLineBeforeARequest) {
  TestClient client(listen());
  client.send("\r\n" + get_request("/a"));
  EXPECT_EQ(client.receive().body, "/a");
  client.send("\r\n" + get_request("/b") + "\r\n" + get_request("/c"));
  EXPECT_EQ(client.receive().body, "/b");
  EXPECT_EQ(client.receive().body, "/c");
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
  TestClient client(listen());
  client.send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\nHEAD /length HTTP/1.1\r\nHost: h\r\n\r\n" +
              get_request("/next"));
  const Answer small = client.receive(true);
  EXPECT_TRUE(small.has("Content-Length: 6"));
  EXPECT_TRUE(client.receive(true).has("Content-Length: 300000"));
  EXPECT_EQ(client.receive().body, "/next");
}

TEST_F(ServerTest, ClosesWhenTheClientSaysSo) {
  TestClient client(listen());
  client.send(get_request("/a", "Connection: close\r\n"));
  const Answer answer = client.receive();
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, SpeaksHttp10) {
  const std::uint16_t port = listen();
  TestClient once(port);
  once.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(once.receive().has("Connection: close"));
  EXPECT_TRUE(once.is_closed());

  TestClient kept(port);
  kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(kept.receive().has("Connection: keep-alive"));
  // A body of unknown length can only end with the connection.
  kept.send("GET /chunks HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const Answer streamed = kept.receive();
  EXPECT_TRUE(streamed.has("Connection: close"));
  EXPECT_EQ(streamed.body, AlphabetSource::text(300'000));
}

TEST_F(ServerTest, AnswersAClientThatHasEndedItsSide) {
  TestClient client(listen());
  client.send(get_request("/a") + get_request("/later?x"));
  client.end_sending();
  EXPECT_EQ(client.receive().body, "/a");
  EXPECT_EQ(client.receive().body, "later x");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, TakesOverASaneRequestIdAndReplacesOthers) {
  TestClient client(listen());
  client.send(get_request("/a", "X-Request-Id: abc-DEF_1.2\r\n"));
  EXPECT_TRUE(client.receive().has("X-Request-Id: abc-DEF_1.2"));
  for (const std::string bad : {"", "a b", "a\"b", "\xc3\xa4"}) {
    client.send(get_request("/a", "X-Request-Id: " + bad + "\r\n"));
    const Answer answer = client.receive();
    const std::size_t at = answer.head.find("X-Request-Id: ") + 14;
    EXPECT_EQ(answer.head.find("\r\n", at) - at, obs::RequestId::kSize) << bad;
  }
  client.send(get_request("/a", "X-Request-Id: " + std::string(1000, 'a') + "\r\n"));
  EXPECT_EQ(client.receive().head.find("aaaa"), std::string::npos);
}

TEST_F(ServerTest, LetsNoFieldOfAHandlerBeginALineOfItsOwn) {
  TestClient client(listen());
  client.send(get_request("/split?a"));
  EXPECT_TRUE(client.receive().has("X-Given: a  Injected: yes"));
}

TEST_F(ServerTest, RefusesMalformedRequestsInTheShapeOfAllErrors) {
  const std::uint16_t port = listen();
  struct Case {
    std::string bytes;
    int status;
    std::string code;
  };
  const std::vector<Case> cases = {
      {"GET / HTTP/1.1\r\n\r\n", 400, "invalid_request"},
      {"GET / HTTP/1.1\nHost: h\n\n", 400, "invalid_request"},
      {"BREW / HTTP/1.1\r\nHost: h\r\n\r\n", 501, "invalid_request"},
      {"TRACE / HTTP/1.1\r\nHost: h\r\n\r\n", 501, "invalid_request"},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505, "invalid_request"},
      {get_request("/" + std::string(9000, 'a')), 414, "too_large"},
      {get_request("/", "A: " + std::string(40'000, 'a') + "\r\n"), 431, "too_large"},
      {get_request("/", "Expect: money\r\n"), 417, "invalid_request"},
      {post_request("/echo", "abc", "Transfer-Encoding: chunked\r\n"), 400, "invalid_request"},
  };
  for (const Case& c : cases) {
    TestClient client(port);
    client.send(get_request("/first") + c.bytes + get_request("/never"));
    EXPECT_EQ(client.receive().body, "/first");
    const Answer answer = client.receive();
    EXPECT_EQ(answer.status, c.status) << c.bytes.substr(0, 60);
    EXPECT_TRUE(answer.has("Content-Type: application/json"));
    EXPECT_TRUE(answer.has("Connection: close"));
    EXPECT_EQ(answer.body.find("{\"error\":\"" + c.code + "\",\"message\":\""), 0U) << answer.body;
    EXPECT_NE(answer.body.find("\"request_id\":\""), std::string::npos);
    client.end_sending();
    EXPECT_TRUE(client.is_closed()) << c.bytes.substr(0, 60);
  }
  EXPECT_EQ(counted("hubwarden_http_requests_refused_total"), cases.size());
}

TEST_F(ServerTest, AnswersAnExceptionWith500AndLogsIt) {
  TestClient client(listen());
  client.send(get_request("/throw", "X-Request-Id: r1\r\n") + get_request("/throw-later") +
              get_request("/after"));
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("{\"error\":\"internal\""), 0U);
  EXPECT_EQ(answer.body.find("thrown"), std::string::npos);
  EXPECT_EQ(client.receive().status, 500);
  EXPECT_EQ(client.receive().body, "/after");
  EXPECT_EQ(log_.count("http.handler_threw"), 2U);
  EXPECT_EQ(log_.last("http.handler_threw").field("what"), "thrown later");
  EXPECT_EQ(counted("hubwarden_http_handler_failures_total"), 2U);
}

TEST_F(ServerTest, CutsAConnectionThatHoldsItsHeadBack) {
  TestClient client(listen());
  client.send("GET / HTTP/1.1\r\nHo");
  advance(8s);
  client.send("st: h\r\n");
  advance(4s);
  EXPECT_EQ(client.receive().status, 408);
  client.end_sending();
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(counted("hubwarden_http_connections_timed_out_total"), 1U);
}

TEST_F(ServerTest, CutsAConnectionThatSendsNothing) {
  const std::uint16_t port = listen();
  TestClient client(port);
  TestClient idle(port);
  idle.send(get_request("/a"));
  idle.receive();
  advance(13s);
  EXPECT_TRUE(client.is_closed());
  idle.send(get_request("/b"));
  EXPECT_EQ(idle.receive().body, "/b");
  advance(74s);
  EXPECT_EQ(server_->open_connections(), 1U);
  advance(4s);
  EXPECT_TRUE(idle.is_closed());
}

TEST_F(ServerTest, DoesNotCutAConnectionWhoseHandlerIsSlow) {
  TestClient client(listen());
  client.send(get_request("/hold"));
  net::block_on(loops_.executor(0), handler_.entered.wait_until(time_, SteadyPoint::max()));
  advance(10min);
  handler_.released.set();
  EXPECT_EQ(client.receive().body, "held");
}

TEST_F(ServerTest, RenewsItsDateEachSecond) {
  TestClient client(listen());
  advance(3s);
  client.send(get_request("/a"));
  EXPECT_TRUE(client.receive().has("Date: Fri, 20 Dec 2019 00:00:03 GMT"));
}

TEST_F(ServerTest, TurnsConnectionsAwayAboveTheLimit) {
  ServerOptions options;
  options.max_connections = 2;
  const std::uint16_t port = listen(options);
  TestClient first(port);
  TestClient second(port);
  first.send(get_request("/1"));
  second.send(get_request("/2"));
  EXPECT_EQ(first.receive().body, "/1");
  EXPECT_EQ(second.receive().body, "/2");
  TestClient third(port);
  EXPECT_TRUE(third.is_closed());
  EXPECT_EQ(counted("hubwarden_http_connections_turned_away_total"), 1U);
}

TEST_F(ServerTest, RefusesAnAddressThatIsTakenOrNotAnAddress) {
  const std::uint16_t port = listen();
  EXPECT_EQ(server_->listen_tcp(net::TcpAddress("127.0.0.1", port)).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(server_->listen_tcp(net::TcpAddress("localhost", 0)).error().code(), ErrorCode::kInvalidRequest);
}

TEST_F(ServerTest, StopsAtOnceWhenAllAreIdle) {
  const std::uint16_t port = listen();
  TestClient idle(port);
  idle.send(get_request("/a"));
  EXPECT_EQ(idle.receive().body, "/a");
  TestClient silent(port);
  EXPECT_EQ(net::block_on(loops_.executor(0), server_->stop(30s)), 0U);
  EXPECT_TRUE(idle.is_closed());
  server_.reset();
  EXPECT_FALSE(TestClient(port).is_connected());
}

TEST_F(ServerTest, FinishesWhatRunsBeforeItStops) {
  TestClient client(listen());
  client.send(get_request("/hold") + get_request("/too-late"));
  net::block_on(loops_.executor(0), handler_.entered.wait_until(time_, SteadyPoint::max()));
  std::promise<std::size_t> left;
  net::spawn(loops_.executor(0), stop_server(*server_, 30s, left), [](std::exception_ptr) { FAIL(); });
  advance(10s);
  handler_.released.set();
  const Answer answer = client.receive();
  EXPECT_EQ(answer.body, "held");
  EXPECT_TRUE(answer.has("Connection: close"));
  client.end_sending();
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(left.get_future().get(), 0U);
  server_.reset();
}

TEST_F(ServerTest, CutsWhatStillRunsWhenTheGraceIsOver) {
  TestClient client(listen());
  client.send("GET / HTTP/1.1\r\n");
  EXPECT_EQ(stop(3s), 0U);
  server_.reset();
}

TEST_F(ServerTest, TellsHowManyHandlersDidNotComeBack) {
  TestClient client(listen());
  client.send(get_request("/hold"));
  net::block_on(loops_.executor(0), handler_.entered.wait_until(time_, SteadyPoint::max()));
  EXPECT_EQ(stop(3s), 1U);
  handler_.released.set();
  EXPECT_TRUE(client.receive().has("Connection: close"));
  server_.reset();
}

}  // namespace
}  // namespace hubwarden::http
