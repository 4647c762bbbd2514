#include "http/curl_client.h"

#include <gtest/gtest.h>

#include <array>
#include <mutex>

#include "http/curl_fixture.h"

namespace hubwarden::http {
namespace {

using namespace std::chrono_literals;
using testing::Connection;
using testing::ok;
using testing::ScriptServer;

// Answers each request with 200 and keeps what it was asked.
class Recorder {
 public:
  void operator()(Connection& peer) {
    for (std::string head = peer.read_head(); !head.empty(); head = peer.read_head()) {
      const std::size_t at = head.find("Content-Length: ");
      if (at != std::string::npos) head += peer.read_exactly(std::stoul(head.substr(at + 16)));
      {
        const std::lock_guard hold(mutex_);
        seen_.push_back(head);
      }
      peer.write(ok("fine"));
    }
  }
  std::string last() {
    const std::lock_guard hold(mutex_);
    return seen_.empty() ? "" : seen_.back();
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> seen_;
};

class CurlClientTest : public testing::CurlBothWays {
 protected:
  Recorder recorder;
  ScriptServer server{[this](Connection& peer) { recorder(peer); }};
};

TEST_P(CurlClientTest, SendsWhatItWasGivenAndNothingElse) {
  ClientRequest request(Method::kGet, server.url("/a/../b?c=d"));
  request.fields.add("Accept", "application/json");
  request.fields.add("X-Empty", "");
  request.authorization.emplace("Bearer", Secret("ghs_sesame"));
  const Result<ClientResponse> got = send(std::move(request));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "fine");
  EXPECT_EQ(got->fields.find("content-length"), "4");
  EXPECT_EQ(recorder.last(), "GET /a/../b?c=d HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                                 "\r\nUser-Agent: hubwarden/" HUBWARDEN_VERSION
                                 "\r\nAccept: application/json\r\nX-Empty:\r\n"
                                 "Authorization: Bearer ghs_sesame\r\n\r\n");
}

TEST_P(CurlClientTest, SendsEachMethodWithAndWithoutABody) {
  struct Case {
    Method method;
    const char* body;
    std::string_view length;
  };
  constexpr std::array<Case, 10> kCases = {{{Method::kGet, nullptr, ""},
                                            {Method::kPost, nullptr, "0"},
                                            {Method::kPost, "{}", "2"},
                                            {Method::kPut, nullptr, "0"},
                                            {Method::kPut, "{}", "2"},
                                            {Method::kPatch, "{}", "2"},
                                            {Method::kDelete, nullptr, ""},
                                            {Method::kDelete, "{}", "2"},
                                            {Method::kOptions, nullptr, ""},
                                            {Method::kGet, "{}", "2"}}};
  for (const Case& one : kCases) {
    ClientRequest request(one.method, server.url("/"));
    if (one.body != nullptr) request.body = std::string(one.body);
    const Result<ClientResponse> got = send(std::move(request));
    ASSERT_TRUE(got) << got.error().message();
    const std::string seen = recorder.last();
    EXPECT_TRUE(seen.starts_with(std::string(to_string(one.method)) + " / HTTP/1.1\r\n")) << seen;
    EXPECT_EQ(seen.find("Content-Length: " + std::string(one.length) + "\r\n") != std::string::npos,
              !one.length.empty())
        << seen;
    EXPECT_TRUE(seen.ends_with("\r\n\r\n" + std::string(one.body != nullptr ? one.body : ""))) << seen;
    EXPECT_EQ(seen.find("Content-Type"), std::string::npos);
    EXPECT_EQ(seen.find("Expect"), std::string::npos);
  }
}

TEST_P(CurlClientTest, SendsASharedBody) {
  ClientRequest request(Method::kPost, server.url("/"));
  request.body = std::make_shared<const std::string>("shared");
  request.fields.add("Content-Type", "text/plain");
  ASSERT_TRUE(send(std::move(request)));
  EXPECT_TRUE(recorder.last().ends_with("\r\n\r\nshared"));
  EXPECT_NE(recorder.last().find("Content-Type: text/plain\r\n"), std::string::npos);
}

TEST_P(CurlClientTest, UsesAConnectionAgain) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(get(server.url("/")));
  EXPECT_EQ(server.accepted(), 1);
}

TEST_P(CurlClientTest, RefusesWhatMustNotBeSent) {
  struct Case {
    std::string name, value;
  };
  const std::array<Case, 8> kCases = {{{"X", "a\r\nY: b"},
                                       {"X", std::string("a\0b", 3)},
                                       {"X Y", "a"},
                                       {"", "a"},
                                       {"X:", "a"},
                                       {"Content-Length", "3"},
                                       {"transfer-encoding", "chunked"},
                                       {"Authorization", "Bearer x"}}};
  for (const Case& one : kCases) {
    ClientRequest request(Method::kGet, server.url("/"));
    request.fields.add(one.name, one.value);
    const Result<ClientResponse> got = send(std::move(request));
    ASSERT_FALSE(got) << one.name;
    EXPECT_EQ(got.error().code(), ErrorCode::kInvalidRequest);
    EXPECT_TRUE(got.error().never_sent());
  }
  ClientRequest request(Method::kGet, server.url("/"));
  request.authorization.emplace("Bearer", Secret("a\nb"));
  EXPECT_EQ(send(std::move(request)).error().code(), ErrorCode::kInvalidRequest);
  EXPECT_EQ(get("ftp://127.0.0.1/").error().code(), ErrorCode::kInvalidRequest);
  EXPECT_EQ(server.accepted(), 0);
}

TEST_P(CurlClientTest, FollowsNoRedirectAndKeepsNoCookie) {
  std::string second;
  ScriptServer redirecting([&second](Connection& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 302 Found\r\nLocation: /there\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n");
    second = peer.read_head();
    peer.write(ok(""));
  });
  const Result<ClientResponse> first = get(redirecting.url("/"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, 302);
  EXPECT_EQ(first->fields.find("Location"), "/there");
  ASSERT_TRUE(get(redirecting.url("/next")));
  EXPECT_TRUE(second.starts_with("GET /next "));
  EXPECT_EQ(second.find("Cookie"), std::string::npos);
}

TEST_P(CurlClientTest, UnpacksOnlyWhenAsked) {
  // printf hello | gzip -n
  constexpr std::string_view kPacked(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00",
      25);
  ScriptServer packing([&](Connection& peer) {
    peer.answer_all("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n" +
                    std::string(kPacked));
  });
  const Result<ClientResponse> packed = get(packing.url("/"));
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->body, kPacked);
  EXPECT_EQ(packed->fields.find("Content-Encoding"), "gzip");
  ClientRequest request(Method::kGet, packing.url("/"));
  request.decompress = true;
  const Result<ClientResponse> unpacked = send(std::move(request));
  ASSERT_TRUE(unpacked) << unpacked.error().message();
  EXPECT_EQ(unpacked->body, "hello");
  EXPECT_FALSE(unpacked->fields.find("Content-Encoding"));
  EXPECT_FALSE(unpacked->fields.find("Content-Length"));
}

TEST_P(CurlClientTest, SendsFromTwoLoopsAtOnce) {
  boost::asio::io_context other;
  CurlClient both(CurlOptions(), clock, {loop.get_executor(), other.get_executor()});
  std::optional<Result<ClientResponse>> theirs;
  boost::asio::co_spawn(other, whole(both, ClientRequest(Method::kGet, server.url("/")), streams),
                        [&theirs, &other](std::exception_ptr, Result<ClientResponse> got) {
                          theirs.emplace(std::move(got));
                          other.stop();  // it would go on watching the idle connection
                        });
  std::thread thread([&other] { other.run(); });
  const Result<ClientResponse> ours = run(whole(both, ClientRequest(Method::kGet, server.url("/")), streams));
  thread.join();
  ASSERT_TRUE(ours);
  ASSERT_TRUE(theirs && *theirs);
  EXPECT_EQ(server.accepted(), 2);
}

INSTANTIATE_TEST_SUITE_P(Ways, CurlClientTest, ::testing::ValuesIn(testing::kBothWays), testing::name_of_way);

}  // namespace
}  // namespace hubwarden::http
