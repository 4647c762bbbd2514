#include "fleet/shared_holdings.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include "base/later.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "fleet/key_names.h"
#include "fleet/redis_time.h"
#include "fleet/token_value.h"
#include "redis/codec.h"
#include "redis/script.h"

namespace hubwarden::fleet {
namespace {

using redis::Reply;
using tokens::HeldToken;
using tokens::Swept;
using tokens::TokenPtr;

// KEYS: the sorted set, the hash. Drops what has ended at ARGV[1], makes room if there are ARGV[5], and takes
// in ARGV[2], which ends at ARGV[3].
constexpr redis::Script kTakeIn(
    "local function drop(names) for _, name in ipairs(names) do "
    "redis.call('ZREM', KEYS[1], name) redis.call('HDEL', KEYS[2], name) end end "
    "drop(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])) "
    "if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[5]) and not redis.call('ZSCORE', KEYS[1], ARGV[2]) "
    "then drop(redis.call('ZRANGE', KEYS[1], 0, 0)) end "
    "redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2]) redis.call('HSET', KEYS[2], ARGV[2], ARGV[4]) "
    "redis.call('PEXPIRE', KEYS[1], ARGV[6]) redis.call('PEXPIRE', KEYS[2], ARGV[6]) return 1");

enum class Outcome { kNoted, kLost };

constexpr Duration kStopPoll = std::chrono::milliseconds(20);
// Tokens have 8 KiB at most, and an answer a mebibyte.
constexpr std::size_t kPage = 50;
// By names, and by ids.
constexpr std::size_t kMostNames = 2;

struct Places {
  Places(std::string_view host, std::string_view holder)
      : names(std::string("held ").append(host).append(" ").append(holder)) {}
  std::vector<std::string> keys() const { return {names.held(), names.holdings()}; }
  KeyNames names;
};

std::string name_of(const tokens::Token& token) {
  return hex(crypto::sha256("held " + hex(crypto::sha256(token.reveal()))));
}

// What is needed to take it back, and no more.
Secret value_of(const tokens::Token& token) {
  auto bare =
      std::make_shared<const tokens::Token>(Secret(token.reveal()), token.fingerprint(), token.facts());
  return token_value(tokens::Minted(std::move(bare), {}));
}

Error said_something_else() {
  return Error(ErrorCode::kUpstreamProtocol, "Redis answers with something else");
}

}  // namespace

SharedHoldings::SharedHoldings(Parts parts, const SealKeys& keys)
    : parts_(parts),
      keys_(keys),
      notes_(parts.metrics.counters("hubwarden_shared_holdings_total",
                                    "Notes for the fleet of who was handed which token",
                                    {{"outcome", {"noted", "lost"}}})) {
}

void SharedHoldings::note(std::vector<std::string> holders, const HeldToken& held,
                          const std::vector<std::string>& keys) {
  if (held.token->facts().source != tokens::TokenSource::kApp) return;
  std::string lies_at;
  for (const std::string& key : keys)
    lies_at.append(lies_at.empty() ? "" : " ").append(KeyNames(key).token());
  std::size_t begun = 0;
  {
    auto queue = queue_.lock();
    for (std::string& holder : holders) {
      if (queue->waiting.size() == kMostWaiting) {
        queue->waiting.pop_front();
        notes_.at(Outcome::kLost).add();
      }
      queue->waiting.emplace_back(std::move(holder), held, lies_at);
      if (queue->lanes == kAtOnce) continue;
      ++queue->lanes;
      ++begun;
    }
  }
  for (; begun > 0; --begun) {
    net::spawn(parts_.executor, work_off(), [this](std::exception_ptr) { --queue_.lock()->lanes; });
  }
}

// A lane that finds nothing is over in the same step, so that whatever comes later has one.
std::optional<SharedHoldings::Note> SharedHoldings::next() {
  auto queue = queue_.lock();
  if (queue->waiting.empty()) {
    --queue->lanes;
    return std::nullopt;
  }
  Note first = std::move(queue->waiting.front());
  queue->waiting.pop_front();
  return first;
}

net::Task<> SharedHoldings::work_off() {
  while (std::optional<Note> note = next()) {
    net::Task<> keeping = keep(*std::move(note));
    co_await std::move(keeping);
  }
}

net::Task<> SharedHoldings::keep(Note note) {
  const Places places(note.held.host, note.holder);
  const tokens::Token& token = *note.held.token;
  const std::string name = name_of(token);
  const Secret value = value_of(token);
  std::vector<std::string> arguments = {
      milliseconds(parts_.clock.now().time_since_epoch()),
      name,
      milliseconds(token.expires_at().time_since_epoch()),
      note.lies_at + "\n" + keys_.seal(places.names.holdings() + name, value.reveal(), parts_.random),
      std::to_string(kMost),
      milliseconds(kKept)};
  net::Task<Result<Reply>> keeping = kTakeIn.run(parts_.redis, places.keys(), std::move(arguments));
  const Result<Reply> kept = co_await std::move(keeping);
  notes_.at(kept ? Outcome::kNoted : Outcome::kLost).add();
}

net::Task<Swept> SharedHoldings::of(std::string host, std::string holder) {
  const Places places(host, holder);
  const Patience patience{parts_.timers, parts_.clock, parts_.clock.steady_now() + kPatience};
  Swept found;
  std::string command = redis::command_text({"ZRANGE", places.names.held(), "0", "-1"});
  net::Task<Result<Reply>> asking =
      ask_patiently(parts_.redis, patience, places.names.held(), std::move(command));
  const Result<Reply> reply = co_await std::move(asking);
  if (!reply || !reply->is_array()) {
    found.incomplete = reply ? said_something_else() : reply.error();
    co_return found;
  }
  const std::vector<Reply>& names = reply->items();
  const std::size_t count = std::min(names.size(), kMost);
  if (count == kMost) {
    found.incomplete =
        Error(ErrorCode::kUnavailable, "only the " + std::to_string(kMost) + " that end last are noted");
  }
  for (std::size_t i = 0; i < count; i += kPage) {
    std::vector<std::string> page;
    for (std::size_t j = i; j < std::min(i + kPage, count); ++j) page.push_back(names[j].text());
    net::Task<> opening = open_page(places.names.holdings(), std::move(page), patience, found, host);
    co_await std::move(opening);
  }
  co_return found;
}

net::Task<> SharedHoldings::open_page(std::string place, std::vector<std::string> names, Patience patience,
                                      Swept& found, std::string host) {
  std::vector<std::string_view> words = {"HMGET", place};
  words.insert(words.end(), names.begin(), names.end());
  std::string command = redis::command_text(words);
  net::Task<Result<Reply>> asking = ask_patiently(parts_.redis, patience, place, std::move(command));
  const Result<Reply> reply = co_await std::move(asking);
  if (!reply || reply->items().size() != names.size()) {
    found.incomplete = reply ? said_something_else() : reply.error();
    co_return;
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Reply& kept = reply->items()[i];
    if (kept.is_nil()) continue;  // it has ended meanwhile
    const std::size_t line = kept.text().find('\n');
    const bool is_note = line != std::string::npos;
    const TokenPtr token = is_note ? opened(place + names[i], kept.text().substr(line + 1)) : nullptr;
    if (!token) {
      ++found.unreadable;
      continue;
    }
    found.taken.emplace_back(host, token);
    net::Task<> taking = take_out(kept.text().substr(0, line), token);
    co_await std::move(taking);
  }
}

net::Task<> SharedHoldings::take_out(std::string lies_at, TokenPtr token) {
  std::size_t taken = 0;
  for (const std::string_view name : split(lies_at, ' ')) {
    if (++taken > kMostNames) co_return;
    net::Task<> forgetting = parts_.tokens.forget_at(std::string(name), token);
    co_await std::move(forgetting);
  }
}

TokenPtr SharedHoldings::opened(std::string_view name, std::string_view sealed) const {
  const std::optional<Secret> value = keys_.open(name, sealed);
  const std::optional<tokens::Minted> minted = value ? read_token_value(value->reveal()) : std::nullopt;
  return minted ? minted->token : nullptr;
}

net::Task<> SharedHoldings::stop() {
  while (queue_.lock()->lanes > 0) {
    co_await net::sleep_until(parts_.timers, later(parts_.clock.steady_now(), kStopPoll));
  }
}

}  // namespace hubwarden::fleet
