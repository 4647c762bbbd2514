#include "delivery/identity/approval_webhook.h"

#include <boost/json/serialize.hpp>
#include <cstdint>

#include "base/backoff.h"
#include "base/later.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "store/hex_id.h"

namespace hubwarden::delivery {
namespace {

constexpr Backoff kBetweenAttempts{std::chrono::seconds(1), std::chrono::seconds(30)};
constexpr Duration kStopPoll = std::chrono::milliseconds(20);
constexpr std::size_t kMaxAnswer = 64 * 1024;  // of which nothing is read

// Of the time, too: an old delivery that somebody repeats is known by it.
std::string signature_of(const Secret& secret, std::string_view timestamp, const std::string& body) {
  crypto::HmacSha256 hmac(secret);
  hmac.add(timestamp);
  hmac.add(".");
  hmac.add(body);
  return "sha256=" + hex(hmac.digest());
}

}  // namespace

ApprovalWebhook::ApprovalWebhook(Parts parts)
    : parts_(parts),
      outcomes_(parts.metrics.counters("hubwarden_approval_webhooks_total",
                                       "Deliveries of approvals' news, by what came of them",
                                       {{"outcome", {"delivered", "failed", "dropped"}}})) {
}

void ApprovalWebhook::aim(std::optional<WebhookTarget> target) {
  state_.lock()->target = std::move(target);
}

void ApprovalWebhook::send(std::string_view event, const boost::json::object& approval) {
  boost::json::object body;
  body["event"] = "approval." + std::string(event);
  body["approval"] = approval;
  Delivery delivery(store::to_hex_id(parts_.random.next()), boost::json::serialize(body));
  auto state = state_.lock();
  if (!state->target) return;
  if (state->queue.size() < kMaxQueued) {
    state->queue.push_back(std::move(delivery));
  } else {
    outcomes_.at(Outcome::kDropped).add();
  }
}

std::optional<ApprovalWebhook::Delivery> ApprovalWebhook::next() {
  auto state = state_.lock();
  if (state->queue.empty()) return std::nullopt;
  Delivery first = std::move(state->queue.front());
  state->queue.pop_front();
  return first;
}

// Counted before its first step, so that a stop() that comes in between waits for it all the same.
net::Task<> ApprovalWebhook::deliver() {
  running_.fetch_add(1);
  return deliver_until_stopped();
}

net::Task<> ApprovalWebhook::deliver_until_stopped() {
  while (!stopping_.is_set()) {
    std::optional<Delivery> delivery = next();
    if (!delivery) {
      const SteadyPoint soon = later(parts_.clock.steady_now(), kLookEvery);
      co_await stopping_.wait_until(parts_.timers, soon);
      continue;
    }
    net::Task<> delivering = deliver_one(*std::move(delivery));
    co_await std::move(delivering);
  }
  while (next()) outcomes_.at(Outcome::kDropped).add();
  running_.fetch_sub(1);
}

net::Task<> ApprovalWebhook::stop() {
  stopping_.set();
  while (running_.load() > 0) {
    const SteadyPoint soon = later(parts_.clock.steady_now(), kStopPoll);
    co_await net::sleep_until(parts_.timers, soon);
  }
}

net::Task<> ApprovalWebhook::deliver_one(Delivery delivery) {
  std::string why = "it is not wanted any more";
  for (int attempts = 1;; ++attempts) {
    std::optional<WebhookTarget> to = target();
    if (!to) break;
    net::Task<std::optional<std::string>> trying = attempt(delivery, *std::move(to));
    std::optional<std::string> failed = co_await std::move(trying);
    if (!failed) {
      outcomes_.at(Outcome::kDelivered).add();
      co_return;
    }
    why = *std::move(failed);
    if (attempts == kMaxAttempts) break;
    const SteadyPoint again =
        later(parts_.clock.steady_now(), kBetweenAttempts.pause(attempts, parts_.random));
    const bool is_stopping = co_await stopping_.wait_until(parts_.timers, again);
    if (is_stopping) break;
  }
  outcomes_.at(Outcome::kFailed).add();
  parts_.log.warning("approval.webhook_failed",
                     {{"delivery", std::string_view(delivery.id)}, {"why", std::string_view(why)}});
}

net::Task<std::optional<std::string>> ApprovalWebhook::attempt(const Delivery& delivery,
                                                               WebhookTarget target) {
  const auto now = std::chrono::floor<std::chrono::seconds>(parts_.clock.now()).time_since_epoch();
  const std::string timestamp = std::to_string(now.count());
  http::ClientRequest request(http::Method::kPost, target.url);
  request.fields.add("Content-Type", "application/json");
  request.fields.add("X-Hubwarden-Delivery", delivery.id);
  request.fields.add("X-Hubwarden-Timestamp", timestamp);
  request.fields.add("X-Hubwarden-Signature-256", signature_of(*target.secret, timestamp, delivery.body));
  request.body = delivery.body;
  request.deadline = later(parts_.clock.steady_now(), kAttempt);
  request.max_body = kMaxAnswer;
  request.repeatable = true;
  const Result<http::ClientResponse> answer = co_await target.client->send(std::move(request));
  if (!answer) co_return answer.error().message();
  if (answer->status >= 200 && answer->status < 300) co_return std::nullopt;
  co_return "it was answered " + std::to_string(answer->status);
}

}  // namespace hubwarden::delivery
