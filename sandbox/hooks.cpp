#include "sandbox/hooks.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <ranges>

#include "base/check.h"
#include "base/text.h"

namespace hubwarden::sandbox {

std::string webhook_signature(const Secret& secret, std::string_view body) {
  std::array<std::byte, 32> digest{};
  unsigned size = 0;
  const unsigned char* made =
      HMAC(EVP_sha256(), secret.empty() ? "" : secret.reveal().data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(body.data()), body.size(),
           reinterpret_cast<unsigned char*>(digest.data()), &size);
  HW_CHECK(made != nullptr && size == digest.size());
  return "sha256=" + hex(digest);
}

std::string Delivery::body() const {
  return boost::json::serialize(payload);
}

std::map<std::string, std::string> Delivery::headers(const Hook* hook) const {
  std::map<std::string, std::string> fields = {
      {"Accept", "*/*"},
      {"Content-Type", "application/json"},
      {"User-Agent", "GitHub-Hookshot/0123456"},
      {"X-GitHub-Delivery", guid},
      {"X-GitHub-Event", event},
      {"X-GitHub-Hook-ID", std::to_string(400'000'000 + app.value())},
      {"X-GitHub-Hook-Installation-Target-ID", std::to_string(app.value())},
      {"X-GitHub-Hook-Installation-Target-Type", "integration"},
  };
  if (hook != nullptr) fields["X-Hub-Signature-256"] = webhook_signature(hook->secret, body());
  return fields;
}

const Hook* Hooks::of(AppId app) const {
  const auto found = hooks_.find(app);
  return found == hooks_.end() ? nullptr : &found->second;
}

std::uint64_t Hooks::add(Delivery delivery) {
  delivery.id = next_id_++;
  deliveries_.push_back(std::move(delivery));
  if (deliveries_.size() > kMaxDeliveries) deliveries_.pop_front();
  return deliveries_.back().id;
}

Delivery* Hooks::find(std::uint64_t id) {
  const auto found = std::ranges::find(deliveries_, id, &Delivery::id);
  return found == deliveries_.end() ? nullptr : &*found;
}

const Delivery* Hooks::find(AppId app, std::uint64_t id) const {
  const auto found = std::ranges::find(deliveries_, id, &Delivery::id);
  return found == deliveries_.end() || found->app != app ? nullptr : &*found;
}

std::vector<const Delivery*> Hooks::list(AppId app) const {
  std::vector<const Delivery*> mine;
  for (const Delivery& one : std::views::reverse(deliveries_)) {
    if (one.app == app) mine.push_back(&one);
  }
  return mine;
}

}  // namespace hubwarden::sandbox
