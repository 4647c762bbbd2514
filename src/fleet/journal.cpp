#include "fleet/journal.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "fleet/key_names.h"
#include "fleet/redis_time.h"
#include "redis/codec.h"
#include "redis/script.h"

namespace hubwarden::fleet {
namespace {

using redis::Reply;

constexpr std::string_view kTold = "told";
// Read at a time: of usual size they are some 30 KiB.
constexpr std::size_t kAtOnce = 100;

// Adds a piece of news and wakes who listens.
constexpr redis::Script kTell(
    "redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'news', ARGV[1]) "
    "redis.call('PEXPIRE', KEYS[1], ARGV[3]) "
    "redis.call('PUBLISH', ARGV[4], ARGV[5]) return 1");
// Counts the replicas that have looked lately, this one among them, and answers what is new, and whether this
// replica is.
constexpr redis::Script kLookNow(
    "local time = redis.call('TIME') local now = time[1] * 1000 + math.floor(time[2] / 1000) "
    "redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[2]) "
    "local is_new = redis.call('ZADD', KEYS[2], now, ARGV[1]) redis.call('PEXPIRE', KEYS[2], ARGV[2]) "
    "return {redis.call('ZCARD', KEYS[2]), redis.call('XRANGE', KEYS[1], '(' .. ARGV[3], '+', 'COUNT', "
    "ARGV[4]), is_new}");

}  // namespace

Journal::Journal(Parts parts, const SealKeys& keys, Hear hear, Restore restore)
    : parts_(parts),
      keys_(keys),
      hear_(std::move(hear)),
      restore_(std::move(restore)),
      gauge_(parts.metrics.gauge("hubwarden_fleet_replicas", "Replicas of the fleet, as last seen")),
      name_(std::to_string(parts.random.next())) {
  gauge_.set(1);
}

void Journal::tell(TimePoint told_at, std::string host, Change change) {
  const News news(parts_.random.next(), told_at, std::move(host), std::move(change));
  auto outgoing = std::make_shared<Outgoing>(keys_.seal(kJournal, news_value(news), parts_.random));
  {
    auto state = state_.lock();
    state->known.put(news.id, true);
    if (state->outgoing.size() >= kMostKept) state->outgoing.pop_front();
    state->outgoing.push_back(std::move(outgoing));
  }
  make_due();
}

void Journal::heard(std::string_view message) {
  if (message == kTold) make_due();
}

void Journal::look_back() {
  {
    auto state = state_.lock();
    state->last = "0-0";
    for (const OutgoingPtr& each : state->outgoing) each->taken_at.reset();
  }
  make_due();
}

void Journal::make_due() {
  state_.lock()->due->set();
}

net::Task<> Journal::run() {
  is_running_ = true;
  while (!stopping_.is_set()) {
    std::shared_ptr<net::Event> due = std::make_shared<net::Event>();
    state_.lock()->due = due;
    net::Task<> sending = send();
    co_await std::move(sending);
    net::Task<> looking = look();
    co_await std::move(looking);
    const SteadyPoint next = parts_.clock.steady_now() + kLook;
    net::Task<bool> waiting = due->wait_until(parts_.timers, next);
    [[maybe_unused]] const bool is_due = co_await std::move(waiting);
  }
  // The others need not wait until they miss it.
  std::string leaving = redis::command_text({"ZREM", kReplicas, name_});
  net::Task<Result<Reply>> asking = parts_.redis.ask(std::string(kReplicas), std::move(leaving));
  [[maybe_unused]] const Result<Reply> gone = co_await std::move(asking);
  stopped_.set();
}

net::Task<> Journal::stop() {
  if (!is_running_) co_return;
  stopping_.set();
  make_due();
  const SteadyPoint end = parts_.clock.steady_now() + 3 * kLook;
  net::Task<bool> waiting = stopped_.wait_until(parts_.timers, end);
  [[maybe_unused]] const bool is_stopped = co_await std::move(waiting);
}

// The oldest that Redis does not have. Those that it has had for a while are let go.
Journal::OutgoingPtr Journal::next_outgoing() {
  const SteadyPoint now = parts_.clock.steady_now();
  auto state = state_.lock();
  std::erase_if(state->outgoing, [now](const OutgoingPtr& each) {
    return each->taken_at && now - *each->taken_at > kToldAgain;
  });
  const auto next =
      std::ranges::find_if(state->outgoing, [](const OutgoingPtr& each) { return !each->taken_at; });
  return next == state->outgoing.end() ? nullptr : *next;
}

net::Task<> Journal::send() {
  for (OutgoingPtr next = next_outgoing(); next; next = next_outgoing()) {
    std::vector<std::string> keys = {std::string(kJournal)};
    std::vector<std::string> arguments = {next->sealed, std::to_string(kMostKept), milliseconds(kKept),
                                          std::string(kChannel), std::string(kTold)};
    net::Task<Result<Reply>> telling = kTell.run(parts_.redis, std::move(keys), std::move(arguments));
    const Result<Reply> taken = co_await std::move(telling);
    if (!taken) co_return;
    const auto state = state_.lock();
    next->taken_at = parts_.clock.steady_now();
  }
}

net::Task<> Journal::look() {
  for (bool is_more = true; is_more && !stopping_.is_set();) {
    net::Task<bool> reading = read_some();
    is_more = co_await std::move(reading);
  }
}

// True when there may be more.
net::Task<bool> Journal::read_some() {
  const std::string last = state_.lock()->last;
  std::vector<std::string> keys = {std::string(kJournal), std::string(kReplicas)};
  std::vector<std::string> arguments = {name_, milliseconds(kCounted), last, std::to_string(kAtOnce)};
  net::Task<Result<Reply>> looking = kLookNow.run(parts_.redis, std::move(keys), std::move(arguments));
  const Result<Reply> reply = co_await std::move(looking);
  if (!reply || reply->items().size() != 3) co_return false;
  const std::int64_t seen = std::clamp<std::int64_t>(reply->items()[0].integer(), 1, kMostReplicas);
  replicas_.store(static_cast<std::size_t>(seen));
  gauge_.set(seen);
  if (reply->items()[2].integer() == 1) {
    look_back();
    net::Task<> restoring = restore_();
    co_await std::move(restoring);
    co_return true;
  }
  const std::vector<Reply>& entries = reply->items()[1].items();
  for (const Reply& entry : entries) {
    std::optional<News> news = news_in(entry);
    if (!news) continue;
    net::Task<> hearing = hear_(std::move(*news));
    co_await std::move(hearing);
  }
  if (entries.empty() || entries.back().items().empty()) co_return false;
  auto state = state_.lock();
  if (state->last != last) co_return true;  // to be read again from the beginning
  state->last = entries.back().items().front().text();
  co_return entries.size() == kAtOnce;
}

// An entry is its name in the stream and its fields: "news", and what it is. Nothing when it is none, was
// heard before, or is old: the stream is shortened by its length alone.
std::optional<News> Journal::news_in(const Reply& entry) {
  if (entry.items().size() != 2 || entry.items()[1].items().size() != 2) return std::nullopt;
  const std::optional<Secret> value = keys_.open(kJournal, entry.items()[1].items()[1].text());
  std::optional<News> news = value ? read_news_value(value->reveal()) : std::nullopt;
  if (!news) {
    parts_.log.debug("fleet.unreadable_news", {});
    return std::nullopt;
  }
  auto state = state_.lock();
  if (state->known.get(news->id)) return std::nullopt;
  state->known.put(news->id, true);
  if (news->told_at + kKept < parts_.clock.now()) return std::nullopt;
  return news;
}

}  // namespace hubwarden::fleet
