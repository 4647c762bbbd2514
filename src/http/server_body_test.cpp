// Bodies in both directions: framing, limits, back-pressure, slowness.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "http/server_fixture.h"

namespace hubwarden::http {
namespace {

using namespace std::chrono_literals;
using ServerBodyTest = ServerTest;

std::string chunked_request(const std::string& path, const std::string& chunks,
                            const std::string& fields = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" + fields + "\r\n" + chunks;
}

// Sends without end until the server takes no more; how much that was.
std::size_t fill_up(TestClient& client, std::string_view piece) {
  std::size_t total = 0;
  for (int misses = 0; misses < 1000;) {
    const std::size_t sent = client.send_some(piece);
    total += sent;
    misses = sent == 0 ? misses + 1 : 0;
    if (sent == 0) std::this_thread::yield();
  }
  return total;
}

TEST_F(ServerBodyTest, GivesTheHandlerABodyOfKnownLength) {
  TestClient client(listen());
  const std::string body = AlphabetSource::text(500'000);
  client.send(post_request("/echo", body) + get_request("/next"));
  EXPECT_EQ(client.receive().body, body);
  EXPECT_EQ(client.receive().body, "/next");
}

TEST_F(ServerBodyTest, GivesTheHandlerAChunkedBody) {
  TestClient client(listen());
  client.send(chunked_request("/echo", "5;ext=1\r\nhello\r\n7\r\n, world\r\n0\r\nX-T: 1\r\n\r\n") +
              get_request("/next"));
  EXPECT_EQ(client.receive().body, "hello, world");
  EXPECT_EQ(client.receive().body, "/next");
}

TEST_F(ServerBodyTest, GivesTheHandlerAChunkedBodyByteByByte) {
  TestClient client(listen());
  for (const char byte : chunked_request("/echo", "a\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n"))
    client.send({&byte, 1});
  EXPECT_EQ(client.receive().body, "0123456789x");
}

TEST_F(ServerBodyTest, LeavesRoomForAChunkedBodyBehindTheLargestHead) {
  TestClient client(listen());
  const std::string pad = "X-Pad: " + std::string(32'000, 'p') + "\r\n";
  const std::string body = AlphabetSource::text(20'000);
  client.send(chunked_request("/echo", "4e20\r\n" + body + "\r\n0\r\n\r\n", pad) + get_request("/next", pad));
  EXPECT_EQ(client.receive().body, body);
  EXPECT_EQ(client.receive().body, "/next");
}

TEST_F(ServerBodyTest, SaysContinueWhenTheHandlerReads) {
  TestClient client(listen());
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("body");
  EXPECT_EQ(client.receive().body, "body");
}

TEST_F(ServerBodyTest, ClosesWhenABodyThatWaitsForContinueIsNotWanted) {
  TestClient client(listen());
  client.send("POST /ignored HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.has("Connection: close"));
  client.end_sending();
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerBodyTest, DrainsAShortBodyThatTheHandlerIgnored) {
  TestClient client(listen());
  client.send(post_request("/ignored", std::string(60'000, 'x')) +
              chunked_request("/ignored", "5\r\nhello\r\n0\r\n\r\n") + get_request("/next"));
  EXPECT_EQ(client.receive().body, "/ignored");
  EXPECT_EQ(client.receive().body, "/ignored");
  EXPECT_EQ(client.receive().body, "/next");
}

TEST_F(ServerBodyTest, ClosesAfterALongBodyThatTheHandlerIgnored) {
  TestClient client(listen());
  client.send("POST /ignored HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" +
              std::string(100'000, 'x'));
  const Answer answer = client.receive();
  EXPECT_EQ(answer.body, "/ignored");
  EXPECT_TRUE(answer.has("Connection: close"));
  client.end_sending();
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerBodyTest, TellsTheHandlerThatABodyIsTooLarge) {
  const std::uint16_t port = listen();
  TestClient declared(port);
  declared.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\nExpect: 100-continue\r\n\r\n");
  const Answer answer = declared.receive();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.body, "the body is larger than 1048576 bytes");

  TestClient chunked(port);
  std::thread sender([&] {
    chunked.send(chunked_request("/echo", "110000\r\n" + std::string(0x110000, 'x') + "\r\n0\r\n\r\n"));
    chunked.end_sending();
  });
  EXPECT_EQ(chunked.receive().status, 413);
  sender.join();

  TestClient streamed(port);
  streamed.send(post_request("/count", std::string(3'000'000, 'x')));
  EXPECT_EQ(streamed.receive().body, "3000000");
}

TEST_F(ServerBodyTest, LetsAClientSendAllOfATooLargeBodyBeforeItReads) {
  TestClient client(listen());
  EXPECT_TRUE(client.send(post_request("/echo", std::string(12'000'000, 'x'))));
  client.end_sending();
  EXPECT_EQ(client.receive().status, 413);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerBodyTest, EndsTheConnectionAfterAMalformedChunk) {
  TestClient client(listen());
  client.send(chunked_request("/echo", "5\r\nhelloGARBAGE") + get_request("/never"));
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, "the chunked body is malformed");
  EXPECT_TRUE(answer.has("Connection: close"));
  client.end_sending();
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerBodyTest, TellsTheHandlerThatTheClientWentAwayInsideTheBody) {
  TestClient client(listen());
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  client.end_sending();
  EXPECT_EQ(client.receive().body, "the connection ended inside the body");
}

TEST_F(ServerBodyTest, CutsABodyThatComesTooSlowly) {
  TestClient client(listen());
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
  // A byte now and then earns nothing.
  for (int i = 0; i < 3; ++i) {
    advance(10s);
    client.send("x");
  }
  advance(15s);
  client.receive_rest();
  EXPECT_EQ(counted("hubwarden_http_connections_timed_out_total"), 1U);
}

TEST_F(ServerBodyTest, StreamsAnswersOfUnknownAndKnownLength) {
  TestClient client(listen());
  client.send(get_request("/chunks") + get_request("/length"));
  const Answer chunks = client.receive();
  EXPECT_TRUE(chunks.has("Transfer-Encoding: chunked"));
  EXPECT_EQ(chunks.body, AlphabetSource::text(300'000));
  const Answer length = client.receive();
  EXPECT_TRUE(length.has("Content-Length: 300000"));
  EXPECT_EQ(length.body, AlphabetSource::text(300'000));
}

TEST_F(ServerBodyTest, SendsALargeBodyFromWhereItLies) {
  TestClient client(listen());
  client.send(get_request("/large") + get_request("/next"));
  EXPECT_EQ(client.receive().body, AlphabetSource::text(5'000'000));
  EXPECT_EQ(client.receive().body, "/next");
}

TEST_F(ServerBodyTest, DoesNotLetACutAnswerLookWhole) {
  TestClient client(listen());
  client.send(get_request("/fails-late"));
  const std::string rest = client.receive_rest();
  EXPECT_NE(rest.find("200 OK"), std::string::npos);
  EXPECT_EQ(rest.find("\r\n0\r\n"), std::string::npos);
  EXPECT_EQ(log_.last("http.body_failed").field("code"), "upstream_unavailable");
}

TEST_F(ServerBodyTest, AnswersWith500WhenABodyFailsBeforeItsFirstByte) {
  TestClient client(listen());
  client.send(get_request("/fails-at-once") + get_request("/next"));
  EXPECT_EQ(client.receive().status, 500);
  EXPECT_EQ(client.receive().body, "/next");
}

TEST_F(ServerBodyTest, CutsAClientThatDoesNotRead) {
  TestClient client(listen());
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += get_request("/large");
  client.send(requests);
  while (counted("hubwarden_http_connections_timed_out_total") == 0) advance(1s);
  EXPECT_LT(client.receive_rest().size(), 100'000'000U);
}

TEST_F(ServerBodyTest, ReadsNoFasterThanTheHandler) {
  TestClient client(listen());
  client.send("POST /hold HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n");
  const std::size_t taken = fill_up(client, std::string(64 * 1024, 'x'));
  // What the kernel holds on both sides, and no more.
  EXPECT_LT(taken, 50'000'000U);
  handler_.released.set();
  EXPECT_EQ(client.receive().body, "held");
}

}  // namespace
}  // namespace hubwarden::http
