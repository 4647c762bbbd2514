#pragma once

// For tests of the running server: a GitHub on loopback with one App on everything, which counts its mints
// and can be made to hold them back.

#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <string>

#include "base/guarded.h"
#include "base/time_text.h"
#include "http/router.h"
#include "http/server.h"
#include "net/event.h"
#include "net/loops.h"
#include "net/system_timers.h"

namespace hubwarden::apps {

class ScriptedGitHub {
 public:
  ScriptedGitHub() {
    using http::Method;
    router_.add(Method::kGet, "/repos/{owner}/{name}/installation",
                [](http::Request&, const http::PathParameters& path) { return installation_on(path[0]); });
    router_.add(Method::kGet, "/rate_limit", [](http::Request&, const http::PathParameters&) {
      return http::Response(200, "application/json", std::string("{}"));
    });
    router_.add(Method::kPost, "/app/installations/{id}/access_tokens",
                [this](http::Request& request, const http::PathParameters&) { return mint(request); });
    loops_.start();
    port_ = server_.listen_tcp(net::TcpAddress("127.0.0.1", 0)).value();
  }
  ~ScriptedGitHub() {
    release();
    net::block_on(loops_.next(), server_.stop(std::chrono::seconds(2)));
    loops_.stop();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int mints() const { return mints_.load(); }
  // Mints that arrive from now on are answered after release().
  void hold() { *gate_.lock() = std::make_shared<net::Event>(); }
  void release() {
    if (const auto gate = std::exchange(*gate_.lock(), nullptr)) gate->set();
  }
  // Blocks until that many mints have arrived, answered or not.
  void wait_for_mints(int count) const {
    for (int seen = mints(); seen < count; seen = mints()) mints_.wait(seen);
  }

 private:
  static http::Reply installation_on(std::string_view owner) {
    return http::Response(200, "application/json",
                          R"({"id":7,"account":{"login":")" + std::string(owner) +
                              R"("},"permissions":{"contents":"write"},"suspended_at":null})");
  }

  http::Task<http::Response> mint(http::Request& request) {
    const int number = mints_.fetch_add(1) + 1;
    mints_.notify_all();
    const Result<std::string> body = co_await http::read_all(request.body(), 1 << 20);
    const std::shared_ptr<net::Event> gate = *gate_.lock();
    if (gate) {
      [[maybe_unused]] const bool opened =
          co_await gate->wait_until(timers_, clock_.steady_now() + std::chrono::seconds(20));
    }
    co_return http::Response(201, "application/json", minted(number, body.value_or("{}")));
  }

  // What GitHub answers to a mint by names or by ids.
  std::string minted(int number, const std::string& body) const {
    const boost::json::object asked = boost::json::parse(body).as_object();
    boost::json::array repositories;
    if (const auto* names = asked.if_contains("repositories")) {
      for (const auto& name : names->as_array()) {
        repositories.push_back({{"id", 42}, {"full_name", "acme/" + std::string(name.as_string())}});
      }
    } else if (const auto* ids = asked.if_contains("repository_ids")) {
      for (const auto& id : ids->as_array())
        repositories.push_back({{"id", id}, {"full_name", "acme/widgets"}});
    }
    boost::json::object answer = {{"token", "ghs_scripted" + std::to_string(number)},
                                  {"expires_at", rfc3339(clock_.now() + std::chrono::hours(1))},
                                  {"permissions", asked.at("permissions")},
                                  {"repository_selection", "selected"}};
    answer["repositories"] = std::move(repositories);
    return boost::json::serialize(answer);
  }

  SystemClock clock_;
  SystemRandom random_;
  net::SystemTimers timers_;
  obs::NullLog log_;
  obs::Metrics metrics_;
  net::Loops loops_{1};
  http::Router router_;
  http::Server server_{loops_, router_, http::ServerParts{clock_, timers_, random_, log_, metrics_},
                       http::ServerOptions()};
  std::uint16_t port_ = 0;
  std::atomic<int> mints_{0};
  Guarded<std::shared_ptr<net::Event>> gate_;
};

}  // namespace hubwarden::apps
