#pragma once

// Webhooks of Apps: where they go, how they are signed, and the list of deliveries that GitHub keeps.

#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "sandbox/model.h"

namespace hubwarden::sandbox {

struct Hook {
  std::string url;
  Secret secret;
};

// One attempt to deliver an event.
struct Delivery {
  std::uint64_t id = 0;
  std::string guid;
  AppId app;
  std::string event;
  boost::json::object payload;
  std::string url;
  TimePoint delivered_at;
  Duration duration{};
  // 0: nobody could be reached.
  int status_code = 0;

  bool succeeded() const { return status_code >= 200 && status_code < 300; }
  std::string body() const;
  // X-GitHub-Event, X-Hub-Signature-256 and the others.
  std::map<std::string, std::string> headers(const Hook* hook) const;
};

// "sha256=…": the HMAC of the body.
std::string webhook_signature(const Secret& secret, std::string_view body);

class Hooks {
 public:
  static constexpr std::size_t kMaxDeliveries = 10'000;

  void set(AppId app, Hook hook) { hooks_.insert_or_assign(app, std::move(hook)); }
  const Hook* of(AppId app) const;

  // Gives it a number.
  std::uint64_t add(Delivery delivery);
  Delivery* find(std::uint64_t id);
  const Delivery* find(AppId app, std::uint64_t id) const;
  // From the newest to the oldest.
  std::vector<const Delivery*> list(AppId app) const;

 private:
  std::map<AppId, Hook> hooks_;
  std::deque<Delivery> deliveries_;  // the oldest first
  std::uint64_t next_id_ = 12'000'000'001;
};

}  // namespace hubwarden::sandbox
