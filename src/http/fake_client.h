#pragma once

// A Client for tests: answers from a callback, remembers what it was asked.
//
//   FakeClient github([](const ClientRequest& request) { return fake_answer(201, R"({"token":"ghs_x"})"); });
//   TokenEngine engine(github, …);
//   EXPECT_EQ(github.requests().front().url, "https://api.github.com/app/installations/1/access_tokens");
//
// One thread only. It outlives every request.

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include "http/client.h"

namespace hubwarden::http {

// A body that is at hand already.
class StringSource final : public BodySource {
 public:
  explicit StringSource(std::string text) : text_(std::move(text)) {}

  Task<Result<std::size_t>> read(std::span<char> into) override {
    const std::size_t count = std::min(into.size(), text_.size() - at_);
    std::copy_n(text_.data() + at_, count, into.data());
    at_ += count;
    co_return count;
  }
  std::optional<std::uint64_t> length() const override { return text_.size(); }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

inline ClientResponse fake_answer(int status, std::string body, Fields fields = Fields()) {
  ClientResponse response;
  response.status = status;
  response.body = std::move(body);
  response.fields = std::move(fields);
  return response;
}

class FakeClient final : public Client {
 public:
  using Script = std::function<Result<ClientResponse>(const ClientRequest&)>;
  using Delay = std::function<Task<>()>;

  explicit FakeClient(Script script) : script_(std::move(script)) {}

  // From now on; the requests that wait keep what they were given.
  void answer_with(Script script) { script_ = std::move(script); }
  // Waited for before the script runs: `[&] { return net::sleep_until(timers, when); }`.
  void delay_with(Delay delay) { delay_ = std::move(delay); }

  // In the order of their arrival; a streamed body stands there as a string. References stay valid.
  const std::deque<ClientRequest>& requests() const { return requests_; }
  // Arrived and not answered yet.
  std::size_t waiting() const { return waiting_; }

  Task<Result<ClientResponse>> send(ClientRequest request) override {
    const Script script = script_;
    const Delay delay = delay_;
    requests_.push_back(std::move(request));
    ClientRequest& asked = requests_.back();
    const InFlight counted(waiting_);
    if (auto* stream = std::get_if<std::unique_ptr<BodySource>>(&asked.body); stream != nullptr && *stream) {
      Result<std::string> body = co_await read_all(**stream, kMaxBody);
      if (!body) co_return std::unexpected(body.error());
      asked.body = std::move(*body);
    }
    if (delay) {
      Task<> waiting = delay();
      co_await std::move(waiting);
    }
    Result<ClientResponse> given = script(asked);
    if (given && asked.stream_answer && !given->stream) {
      given->stream = std::make_unique<StringSource>(std::move(given->body));
      given->body.clear();
    }
    co_return given;
  }

 private:
  // Tests do not stream more than this into a fake.
  static constexpr std::size_t kMaxBody = 64 << 20;

  class InFlight {
   public:
    explicit InFlight(std::size_t& count) : count_(count) { ++count_; }
    ~InFlight() { --count_; }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

   private:
    std::size_t& count_;
  };

  Script script_;
  Delay delay_;
  std::deque<ClientRequest> requests_;
  std::size_t waiting_ = 0;
};

}  // namespace hubwarden::http
