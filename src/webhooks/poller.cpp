#include "webhooks/poller.h"

#include <algorithm>

#include "base/later.h"
#include "base/text.h"

namespace hubwarden::webhooks {
namespace {

constexpr Duration kStopPoll = std::chrono::milliseconds(20);

// The delivery itself is the trouble, and will be at the next look.
bool is_hopeless(const Error& error) {
  return error.code() == ErrorCode::kNotFound || error.code() == ErrorCode::kUpstreamProtocol ||
         error.code() == ErrorCode::kInvalidRequest;
}

}  // namespace

Poller::Poller(Parts parts, tokens::AppRef app, Duration every)
    : parts_(parts),
      app_(std::move(app)),
      every_(every),
      looks_(parts.metrics.counters("hubwarden_webhook_polls_total",
                                    "Looks at GitHub's list of failed webhook deliveries",
                                    {{"outcome", {"complete", "incomplete", "failed"}}})),
      seen_until_(parts.clock.now()) {
}

SteadyPoint Poller::deadline() const {
  return later(parts_.clock.steady_now(), kRequestTimeout);
}

// Counted before its first step, so that a stop() that comes in between waits for it all the same.
net::Task<> Poller::run() {
  running_.fetch_add(1);
  return look_until_stopped();
}

net::Task<> Poller::look_until_stopped() {
  Duration pause = every_;
  for (;;) {
    const SteadyPoint next = later(parts_.clock.steady_now(), pause);
    const bool stopping = co_await stopping_.wait_until(parts_.timers, next);
    if (stopping) break;
    Result<Look> looked = Look::kFailed;
    try {
      Result<Look> done = co_await look();
      looked = std::move(done);
    } catch (const std::exception&) {
      // Third-party code threw. The next look is due all the same.
      looked = fail(ErrorCode::kInternal, "the look ended unexpectedly");
    }
    pause = report(looked);
  }
  running_.fetch_sub(1);
}

net::Task<> Poller::stop() {
  stopping_.set();
  while (running_.load() > 0) {
    co_await net::sleep_until(parts_.timers, later(parts_.clock.steady_now(), kStopPoll));
  }
}

net::Task<Result<Poller::Look>> Poller::look() {
  const TimePoint began = parts_.clock.now();
  std::string cursor;
  int fetched = 0;
  for (int page = 0; page < kMaxPages && !stopping_.is_set(); ++page) {
    const SteadyPoint until = deadline();
    Result<github::DeliveryPage> read = co_await parts_.api.failed_deliveries(cursor, until);
    if (!read) co_return std::unexpected(read.error());
    cursor = read->next;
    const Result<bool> reached = co_await take_page(std::move(*read), fetched);
    if (!reached) co_return std::unexpected(reached.error());
    if (fetched >= kMaxFetched) co_return Look::kIncomplete;
    if (*reached || cursor.empty()) {
      seen_until_ = began;
      co_return Look::kComplete;
    }
  }
  co_return Look::kIncomplete;
}

net::Task<Result<bool>> Poller::take_page(github::DeliveryPage page, int& fetched) {
  const TimePoint oldest = seen_until_ - std::chrono::duration_cast<TimePoint::duration>(kOverlap);
  for (const github::DeliveryItem& item : page.items) {
    if (item.delivered_at < oldest) co_return true;
    const bool is_news =
        !item.succeeded && github::concerns_us(item.event) && !parts_.intake.has_seen(delivery_of(item));
    if (!is_news) continue;
    if (fetched >= kMaxFetched || stopping_.is_set()) co_return false;
    ++fetched;
    const Result<> taken = co_await take(item);
    if (!taken) co_return std::unexpected(taken.error());
  }
  co_return false;
}

net::Task<Result<>> Poller::take(github::DeliveryItem item) {
  Delivery delivery = delivery_of(item);
  const github::WebhookEvent event = item.event;
  const SteadyPoint until = deadline();
  Result<github::Webhook> webhook = co_await parts_.api.delivery(std::move(item), until);
  if (webhook) {
    [[maybe_unused]] const Outcome outcome =
        co_await parts_.intake.take(std::move(delivery), std::move(*webhook));
    co_return Result<>();
  }
  if (!is_hopeless(webhook.error())) co_return std::unexpected(webhook.error());
  parts_.intake.turn_away(delivery, event, Outcome::kMalformed, webhook.error().message());
  parts_.intake.give_up(delivery);
  co_return Result<>();
}

Delivery Poller::delivery_of(const github::DeliveryItem& item) const {
  Addressee addressee;
  addressee.host = app_.host();
  addressee.app_id = parse_number<std::uint64_t>(app_.app());
  if (!addressee.app_id) addressee.client_id = app_.app();
  return {item.guid, std::move(addressee), Source::kPoll};
}

Duration Poller::report(const Result<Look>& looked) {
  looks_.at(looked ? *looked : Look::kFailed).add();
  if (looked && *looked == Look::kIncomplete && !stopping_.is_set()) {
    parts_.log.warning("github.webhook_poll_incomplete", {{"host", app_.host()}, {"app", app_.app()}});
  }
  if (looked) return every_;
  const Error& error = looked.error();
  parts_.log.warning("github.webhook_poll_failed", {{"host", app_.host()},
                                                    {"app", app_.app()},
                                                    {"error", to_string(error.code())},
                                                    {"message", error.message()},
                                                    {"detail", error.detail()}});
  // A limit that GitHub named is kept.
  return std::max<Duration>(every_, error.retry_after().value_or(std::chrono::seconds(0)));
}

}  // namespace hubwarden::webhooks
