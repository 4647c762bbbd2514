// Bodies that are streamed, in both directions.

#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <future>

#include "http/curl_client.h"
#include "http/curl_fixture.h"
#include "http/streamed_exchange.h"
#include "http/test_certificates.h"

namespace hubwarden::http {
namespace {

using namespace std::chrono_literals;
using testing::Connection;
using testing::ok;
using testing::ScriptServer;
using testing::TestAuthority;
using testing::TlsContext;

constexpr std::size_t kLarge = 50 << 20;
// What the kernel may hold between the two sides, and our own buffers.
constexpr std::size_t kBetween = 16 << 20;

// Byte `at` of the test body; its period has nothing in common with any buffer's size.
char byte_at(std::size_t at) {
  return static_cast<char>('A' + at % 61 % 26);
}

class Pattern {
 public:
  // The next bytes of the body.
  void fill(std::span<char> piece) {
    for (char& c : piece) c = byte_at(at_++);
  }
  // Whether these are the next bytes of the body.
  bool matches(std::span<const char> piece) {
    return std::all_of(piece.begin(), piece.end(), [this](char c) { return c == byte_at(at_++); });
  }
  std::size_t at() const { return at_; }

 private:
  std::size_t at_ = 0;
};

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

Task<Result<std::size_t>> read_pattern(BodySource& source) {
  Pattern pattern;
  std::array<char, 40'000> piece;
  for (;;) {
    Task<Result<std::size_t>> reading = source.read(piece);
    const Result<std::size_t> got = co_await std::move(reading);
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) co_return pattern.at();
    if (!pattern.matches({piece.data(), *got})) co_return fail(ErrorCode::kInternal, "not what was sent");
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

TEST_F(CurlStreamTest, LeavesAConnectionThatTheServerClosed) {
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
TEST_F(CurlStreamTest, NeverUsesAConnectionAgainThatSaidMoreThanItsAnswer) {
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

TEST_F(CurlStreamTest, ClosesWhatIsNotToBeUsedAgain) {
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

TEST_F(CurlStreamTest, RefusesACodingThatItDoesNotKnow) {
  ScriptServer server([](Connection& peer) {
    peer.answer_all("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
  });
  const Result<ClientResponse> got = send(streaming(server.url("/")));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::kUpstreamProtocol);
}

TEST_F(CurlStreamTest, TakesAnswersThatHaveNoBody) {
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
TEST_F(CurlStreamTest, ReadsAnAnswerThatComesInTheSmallestPieces) {
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

TEST_F(CurlStreamTest, SendsAShortBodyWithARequestForAStream) {
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

TEST_F(CurlStreamTest, StreamsTheAnswerToALongBody) {
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
