// Bodies that are streamed, in both directions.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <future>

#include "http/curl_client.h"
#include "http/curl_fixture.h"
#include "http/test_certificates.h"
#include "http/test_pattern.h"

namespace hubwarden::http {
namespace {

using namespace std::chrono_literals;
using testing::Connection;
using testing::ok;
using testing::Pattern;
using testing::read_pattern;
using testing::ScriptServer;
using testing::TestAuthority;
using testing::TlsContext;

constexpr std::size_t kLarge = 50 << 20;
// What the kernel may hold between the two sides, and our own buffers.
constexpr std::size_t kBetween = 16 << 20;

class PatternSource final : public BodySource {
 public:
  PatternSource(std::size_t size, std::optional<std::uint64_t> stated) : left_(size), stated_(stated) {}

  Task<Result<std::size_t>> read(std::span<char> into) override {
    const std::size_t count = std::min(into.size(), left_);
    pattern_.fill(into.first(count));
    left_ -= count;
    co_return count;
  }
  std::optional<std::uint64_t> length() const override { return stated_; }

 private:
  Pattern pattern_;
  std::size_t left_;
  std::optional<std::uint64_t> stated_;
};

class BrokenSource final : public BodySource {
 public:
  Task<Result<std::size_t>> read(std::span<char>) override {
    co_return fail(ErrorCode::kInvalidRequest, "the caller hung up");
  }
};

class CurlStreamTest : public testing::CurlFixture {
 protected:
  ClientRequest streaming(const std::string& url) {
    ClientRequest request(Method::kGet, url);
    request.stream_answer = true;
    return request;
  }
};

void send_large(Connection& peer) {
  peer.read_head();
  peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kLarge) + "\r\n\r\n");
  Pattern pattern;
  std::string piece(64 << 10, '\0');
  while (pattern.at() < kLarge) {
    pattern.fill(piece);
    if (!peer.write(piece)) return;
  }
}

TEST_F(CurlStreamTest, HandsOutALargeAnswerPieceByPiece) {
  ScriptServer server(send_large);
  const Result<ClientResponse> got = send(streaming(server.url("/")));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->stream->length(), kLarge);
  EXPECT_EQ(run(read_pattern(*got->stream)), kLarge);
}

TEST_F(CurlStreamTest, HandsOutALargeAnswerOverTls) {
  const TestAuthority authority;
  const TlsContext tls = authority.context({});
  options.tls.ca_file = authority.file();
  ScriptServer server(send_large, tls.get());
  const Result<ClientResponse> got = send(streaming(server.url("/")));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(run(read_pattern(*got->stream)), kLarge);
}

TEST_F(CurlStreamTest, HoldsTheServerBackWhileNobodyReads) {
  std::atomic<std::size_t> sent = 0;
  std::atomic<bool> stalled = false;
  ScriptServer server([&](Connection& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kLarge) + "\r\n\r\n");
    // Nothing could be sent for so long: the buffers between the two are full.
    const timeval patience{0, 300'000};
    setsockopt(peer.socket(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    Pattern pattern;
    std::string piece(64 << 10, '\0');
    for (std::string_view left; sent < kLarge;) {
      if (left.empty()) {
        pattern.fill(piece);
        left = piece;
      }
      const long count = peer.send_some(left);
      if (count < 0 && errno != EAGAIN) return;
      if (count < 0) {
        stalled = true;
        continue;
      }
      sent += static_cast<std::size_t>(count);
      left.remove_prefix(static_cast<std::size_t>(count));
    }
  });
  const Result<ClientResponse> got = send(streaming(server.url("/")));
  ASSERT_TRUE(got) << got.error().message();
  run_until([&] { return stalled.load(); });
  EXPECT_LT(sent, kBetween);
  EXPECT_EQ(run(read_pattern(*got->stream)), kLarge);
}

TEST_F(CurlStreamTest, ClosesTheConnectionWhenTheStreamIsDropped) {
  std::atomic<bool> closed = false;
  ScriptServer server([&closed](Connection& peer) {
    send_large(peer);
    closed = true;
  });
  {
    const Result<ClientResponse> got = send(streaming(server.url("/")));
    ASSERT_TRUE(got) << got.error().message();
  }
  run_until([&] { return closed.load(); });
}

TEST_F(CurlStreamTest, UsesTheConnectionAgainAfterTheEnd) {
  ScriptServer server([](Connection& peer) { peer.answer_all(ok("ABC")); });
  for (int i = 0; i < 3; ++i) {
    const Result<ClientResponse> got = send(streaming(server.url("/")));
    ASSERT_TRUE(got);
    EXPECT_EQ(run(read_pattern(*got->stream)), 3u);
  }
  EXPECT_EQ(server.accepted(), 1);
}

Task<Result<std::size_t>> send_and_read(Client& client, ClientRequest request) {
  Task<Result<ClientResponse>> sending = client.send(std::move(request));
  Result<ClientResponse> got = co_await std::move(sending);
  if (!got) co_return std::unexpected(got.error());
  Task<Result<std::size_t>> reading = read_pattern(*got->stream);
  Result<std::size_t> read = co_await std::move(reading);
  co_return read;
}

TEST_F(CurlStreamTest, ReportsAnAnswerThatIsCutOff) {
  ScriptServer server([](Connection& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nABC");
  });
  const Result<std::size_t> read = run(send_and_read(client(), streaming(server.url("/"))));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::kUpstreamProtocol);
}

TEST_F(CurlStreamTest, KeepsTheDeadlineWhileStreaming) {
  ScriptServer server([](Connection& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nABC");
    peer.wait_for_close();
  });
  ClientRequest request = streaming(server.url("/"));
  request.deadline = clock.steady_now() + 100ms;
  const Result<std::size_t> read = run(send_and_read(client(), std::move(request)));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::kUpstreamTimeout);
}

TEST_F(CurlStreamTest, KeepsTheHeadsDeadlineUntilTheHeadIsThere) {
  ScriptServer server([](Connection& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n");
    peer.wait_for_close();
  });
  ClientRequest request = streaming(server.url("/"));
  request.head_deadline = clock.steady_now() + 100ms;
  const Result<ClientResponse> got = send(std::move(request));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::kUpstreamTimeout);
  EXPECT_FALSE(got.error().never_sent());
}

TEST_F(CurlStreamTest, LetsABodyTakeLongerThanItsHead) {
  std::promise<void> head_is_due;
  ScriptServer server([&head_is_due](Connection& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
    head_is_due.get_future().wait();
    peer.write("ABC");
  });
  ClientRequest request = streaming(server.url("/"));
  const SteadyPoint head_by = clock.steady_now() + 1s;
  request.head_deadline = head_by;
  std::optional<Result<std::size_t>> read;
  spawn(send_and_read(client(), std::move(request)), read);
  run_until([&] { return read || clock.steady_now() > head_by; });
  head_is_due.set_value();
  run_until([&] { return read.has_value(); });
  ASSERT_TRUE(*read) << read->error().message();
  EXPECT_EQ(**read, 3U);
}

TEST_F(CurlStreamTest, OutlivesTheClient) {
  ScriptServer server(send_large);
  const Result<ClientResponse> got = send(streaming(server.url("/")));
  ASSERT_TRUE(got);
  drop_client();
  EXPECT_EQ(run(read_pattern(*got->stream)), kLarge);
}

struct Upload {
  std::string head;
  std::size_t received = 0;
  bool intact = true;
};

// Reads a body of a stated length, slower than it could be sent.
void take_stated(Connection& peer, Upload& upload, std::atomic<std::size_t>& received) {
  upload.head = peer.read_head();
  Pattern pattern;
  std::string piece(64 << 10, '\0');
  while (upload.received < kLarge) {
    const std::size_t count = peer.read(piece.data(), piece.size());
    if (count == 0) return;
    upload.intact = upload.intact && pattern.matches({piece.data(), count});
    received = upload.received += count;
  }
  peer.write(ok("got it"));
}

// Notes how far the body ran ahead of its receiver.
class WatchedSource final : public BodySource {
 public:
  WatchedSource(std::atomic<std::size_t>& received, std::size_t& ahead)
      : received_(received), ahead_(ahead) {}
  Task<Result<std::size_t>> read(std::span<char> into) override {
    given_ += std::min(into.size(), kLarge - given_);
    ahead_ = std::max(ahead_, given_ - received_);
    return source_.read(into);
  }
  std::optional<std::uint64_t> length() const override { return source_.length(); }

 private:
  PatternSource source_{kLarge, kLarge};
  std::atomic<std::size_t>& received_;
  std::size_t& ahead_;
  std::size_t given_ = 0;
};

TEST_F(CurlStreamTest, SendsALargeBodyOfStatedLengthAtTheServersPace) {
  Upload upload;
  std::atomic<std::size_t> received = 0;
  std::size_t ahead = 0;
  ScriptServer server([&](Connection& peer) { take_stated(peer, upload, received); });
  ClientRequest request(Method::kPost, server.url("/"));
  request.body = std::make_unique<WatchedSource>(received, ahead);
  const Result<ClientResponse> got = send(std::move(request));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->body, "got it");
  EXPECT_EQ(upload.received, kLarge);
  EXPECT_TRUE(upload.intact);
  EXPECT_LT(ahead, kBetween);
  EXPECT_NE(upload.head.find("Content-Length: " + std::to_string(kLarge) + "\r\n"), std::string::npos);
  EXPECT_EQ(upload.head.find("Transfer-Encoding"), std::string::npos);
}

TEST_F(CurlStreamTest, SendsABodyOfUnknownLengthInChunks) {
  std::string head;
  std::string body;
  ScriptServer server([&](Connection& peer) {
    head = peer.read_head();
    char c = 0;
    while (!body.ends_with("0\r\n\r\n") && peer.read(&c, 1) == 1) body += c;
    peer.write(ok("got it"));
  });
  ClientRequest request(Method::kPatch, server.url("/"));
  request.body = std::make_unique<PatternSource>(5, std::nullopt);
  const Result<ClientResponse> got = send(std::move(request));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_TRUE(head.starts_with("PATCH / HTTP/1.1\r\n")) << head;
  EXPECT_NE(head.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << head;
  EXPECT_EQ(body, "5\r\nABCDE\r\n0\r\n\r\n");
}

TEST_F(CurlStreamTest, StopsSendingWhenTheAnswerIsNo) {
  ScriptServer server([](Connection& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
    peer.wait_for_close();
  });
  ClientRequest request(Method::kPost, server.url("/"));
  request.body = std::make_unique<PatternSource>(kLarge, kLarge);
  const Result<ClientResponse> got = send(std::move(request));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->status, 413);
  EXPECT_EQ(got->body, "no");
}

TEST_F(CurlStreamTest, PassesOnTheErrorOfABodySource) {
  ScriptServer server([](Connection& peer) {
    peer.read_head();
    peer.wait_for_close();
  });
  ClientRequest request(Method::kPost, server.url("/"));
  request.body = std::make_unique<BrokenSource>();
  const Result<ClientResponse> got = send(std::move(request));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().message(), "the caller hung up");
}

TEST_F(CurlStreamTest, NeverSendsMoreOrLessThanItAnnounced) {
  struct Case {
    std::size_t size;
    std::uint64_t stated;
  };
  for (const Case one : {Case{10, 9}, Case{10, 11}, Case{0, 1}, Case{300'000, 299'999}}) {
    ScriptServer server([](Connection& peer) {
      peer.read_head();
      peer.wait_for_close();
    });
    ClientRequest request(Method::kPost, server.url("/"));
    request.body = std::make_unique<PatternSource>(one.size, one.stated);
    const Result<ClientResponse> got = send(std::move(request));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code(), ErrorCode::kInternal);
  }
}

TEST_F(CurlStreamTest, SendsABodyThatIsEmptyAfterAll) {
  std::string head;
  ScriptServer server([&head](Connection& peer) {
    head = peer.read_head();
    peer.write(ok(""));
  });
  ClientRequest request(Method::kPost, server.url("/"));
  request.body = std::make_unique<PatternSource>(0, 0);
  ASSERT_TRUE(send(std::move(request)));
  EXPECT_NE(head.find("Content-Length: 0\r\n"), std::string::npos) << head;
}

}  // namespace
}  // namespace hubwarden::http
