#pragma once

// What the server's tests ask for.

#include <memory>
#include <stdexcept>
#include <string>

#include "http/handler.h"
#include "net/event.h"
#include "net/timers.h"

namespace hubwarden::http {

// `total` bytes of "abc…z", in pieces of at most `piece`.
class AlphabetSource final : public BodySource {
 public:
  AlphabetSource(std::size_t total, std::size_t piece, bool tells_length)
      : total_(total), piece_(piece), tells_length_(tells_length) {}

  Task<Result<std::size_t>> read(std::span<char> into) override {
    const std::size_t size = std::min({into.size(), piece_, total_ - given_});
    for (std::size_t i = 0; i < size; ++i) into[i] = at(given_++);
    co_return size;
  }
  std::optional<std::uint64_t> length() const override {
    return tells_length_ ? std::optional<std::uint64_t>(total_) : std::nullopt;
  }

  static std::string text(std::size_t total) {
    std::string text;
    for (std::size_t i = 0; i < total; ++i) text += at(i);
    return text;
  }

 private:
  static char at(std::size_t i) { return static_cast<char>('a' + i % 26); }

  std::size_t total_;
  std::size_t piece_;
  bool tells_length_;
  std::size_t given_ = 0;
};

// Fails after `good` pieces.
class FailingSource final : public BodySource {
 public:
  explicit FailingSource(int good) : good_(good) {}
  Task<Result<std::size_t>> read(std::span<char> into) override {
    if (good_-- <= 0) co_return fail(ErrorCode::kUpstreamUnavailable, "gone");
    into[0] = 'x';
    co_return 1;
  }

 private:
  int good_;
};

class TestHandler final : public Handler {
 public:
  explicit TestHandler(net::Timers& timers) : timers_(timers) {}

  net::Event entered;   // a request came to /hold
  net::Event released;  // and may go

  Reply handle(Request& request) override {
    const std::string_view path = request.path();
    if (path == "/later") return answer_later(request);
    if (path == "/echo") return echo(request);
    if (path == "/hold") return hold();
    if (path == "/throw") throw std::runtime_error("thrown");
    if (path == "/throw-later") return throw_later();
    if (path == "/count") return count(request);
    return answer_now(request, path);
  }

 private:
  static Response text(std::string body) { return Response(200, "text/plain", std::move(body)); }

  static Response stream(std::unique_ptr<BodySource> source) {
    return Response(200, "text/plain", Body(std::move(source)));
  }

  static Response answer_now(Request& request, std::string_view path) {
    if (path == "/none") return Response(204);
    if (path == "/chunks") return stream(std::make_unique<AlphabetSource>(300'000, 10'000, false));
    if (path == "/length") return stream(std::make_unique<AlphabetSource>(300'000, 100'000, true));
    if (path == "/fails-at-once") return stream(std::make_unique<FailingSource>(0));
    if (path == "/fails-late") return stream(std::make_unique<FailingSource>(3));
    if (path == "/large") {
      return Response(200, "text/plain",
                      std::make_shared<const std::string>(AlphabetSource::text(5'000'000)));
    }
    if (path == "/peer") {
      const Peer& peer = request.peer();
      return text(std::string(peer.address) + (peer.is_unix ? " unix" : "") + (peer.is_tls ? " tls" : "") +
                  (peer.uid ? " " + std::to_string(*peer.uid) : ""));
    }
    if (path == "/split") {
      Response response = text("x");
      response.fields().add("X-Given", std::string(request.query()) + "\r\nInjected: yes");
      return response;
    }
    return text(std::string(path));
  }

  static Task<Response> answer_later(Request& request) {
    co_return text("later " + std::string(request.query()));
  }

  static Task<Response> throw_later() {
    throw std::runtime_error("thrown later");
    co_return Response(200);
  }

  static Task<Response> echo(Request& request) {
    auto reading = read_all(request.body(), 10'000'000);
    const Result<std::string> body = co_await std::move(reading);
    if (!body)
      co_return Response(body.error().code() == ErrorCode::kTooLarge ? 413 : 400, "text/plain",
                         body.error().message());
    co_return text(*body);
  }

  // A route that streams sets its own limit.
  static Task<Response> count(Request& request) {
    request.set_body_limit(UINT64_MAX);
    std::string piece(4096, '\0');
    std::size_t total = 0;
    for (;;) {
      const Result<std::size_t> got = co_await request.body().read(piece);
      if (!got) co_return Response(400, "text/plain", got.error().message());
      if (*got == 0) co_return text(std::to_string(total));
      total += *got;
    }
  }

  Task<Response> hold() {
    entered.set();
    co_await released.wait_until(timers_, SteadyPoint::max());
    co_return text("held");
  }

  net::Timers& timers_;
};

}  // namespace hubwarden::http
