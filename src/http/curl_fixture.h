#pragma once

// For tests: a CurlClient on a loop of its own, and a way to run a coroutine there to its end.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "http/curl_client.h"
#include "http/script_server.h"

namespace hubwarden::http::testing {

using namespace std::chrono_literals;

class CurlFixture : public ::testing::Test {
 protected:
  // Made with `options` at its first use.
  CurlClient& client() {
    if (!client_) {
      client_ = std::make_unique<CurlClient>(std::move(options), clock,
                                             std::vector<net::Executor>{loop.get_executor()});
    }
    return *client_;
  }

  void drop_client() { client_.reset(); }

  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    spawn(std::move(task), result);
    run_until([&result] { return result.has_value(); });
    return std::move(*result);
  }
  // Starts; the result arrives while the loop runs.
  template <class T>
  void spawn(Task<T> task, std::optional<T>& result) {
    boost::asio::co_spawn(loop, std::move(task), [&result](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      result.emplace(std::move(value));
    });
  }
  template <class Condition>
  void run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    loop.restart();
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "took too long";
      loop.run_one_for(100ms);
      loop.restart();
    }
  }

  Result<ClientResponse> send(ClientRequest request) {
    if (request.deadline == SteadyPoint::max()) request.deadline = clock.steady_now() + 20s;
    Task<Result<ClientResponse>> sending =
        streams ? whole(client(), std::move(request), true) : client().send(std::move(request));
    return run(std::move(sending));
  }
  Result<ClientResponse> get(std::string url) { return send(ClientRequest(Method::kGet, std::move(url))); }

  // The answer with its body, as a stream where that is asked for.
  static Task<Result<ClientResponse>> whole(CurlClient& client, ClientRequest request, bool streams) {
    request.stream_answer = streams;
    const std::size_t limit = request.max_body;
    Task<Result<ClientResponse>> sending = client.send(std::move(request));
    Result<ClientResponse> got = co_await std::move(sending);
    if (!got || !got->stream) co_return got;
    Task<Result<std::string>> reading = read_all(*got->stream, limit);
    Result<std::string> body = co_await std::move(reading);
    if (!body) co_return std::unexpected(body.error());
    got->body = std::move(*body);
    co_return got;
  }

  SystemClock clock;
  boost::asio::io_context loop;
  CurlOptions options;
  bool streams = false;  // the answers to send() and get()

 private:
  std::unique_ptr<CurlClient> client_;
};

// What holds for answers that come whole and for streamed ones.
enum class Way { kWhole, kStreamed };
inline constexpr Way kBothWays[] = {Way::kWhole, Way::kStreamed};

inline std::string name_of_way(const ::testing::TestParamInfo<Way>& info) {
  return info.param == Way::kWhole ? "whole" : "streamed";
}

class CurlBothWays : public CurlFixture, public ::testing::WithParamInterface<Way> {
 protected:
  CurlBothWays() { streams = GetParam() == Way::kStreamed; }
};

}  // namespace hubwarden::http::testing
