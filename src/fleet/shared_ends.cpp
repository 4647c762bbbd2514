#include "fleet/shared_ends.h"

#include <utility>

#include "base/text.h"
#include "crypto/digest.h"
#include "fleet/ending_value.h"
#include "fleet/key_names.h"
#include "fleet/redis_time.h"
#include "tokens/end_list.h"

namespace hubwarden::fleet {
namespace {

using redis::Reply;
using tokens::EndingPtr;

// KEYS: the sorted set, the hash. Takes in ARGV[1], due at ARGV[2], unless there are ARGV[5] of them.
constexpr redis::Script kTakeIn(
    "if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[5]) then return 0 end "
    "redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) redis.call('HSET', KEYS[2], ARGV[1], ARGV[3]) "
    "redis.call('PEXPIRE', KEYS[1], ARGV[4]) redis.call('PEXPIRE', KEYS[2], ARGV[4]) return 1");
constexpr redis::Script kTakeOut(
    "redis.call('ZREM', KEYS[1], ARGV[1]) redis.call('HDEL', KEYS[2], ARGV[1]) return 1");
// Those due at ARGV[1], at most ARGV[2] of them, each with what it stands for; nobody else has them before
// ARGV[3].
constexpr redis::Script kGiveOut(
    "local claimed = {} "
    "for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do "
    "local sealed = redis.call('HGET', KEYS[2], name) "
    "if sealed then redis.call('ZADD', KEYS[1], ARGV[3], name) "
    "table.insert(claimed, name) table.insert(claimed, sealed) "
    "else redis.call('ZREM', KEYS[1], name) end end "
    "return claimed");

struct Places {
  explicit Places(std::string_view host) : names("ends " + std::string(host)) {}
  std::vector<std::string> keys() const { return {names.ends(), names.promises()}; }
  KeyNames names;
};

std::string name_of(const tokens::Ending& ending) {
  return hex(crypto::sha256("end " + std::string(ending.token.reveal())));
}

std::string free_at(TimePoint due, Duration after) {
  return milliseconds(due.time_since_epoch() + after);
}

}  // namespace

net::Task<bool> SharedEnds::keep(EndingPtr ending) {
  const Places places(ending->app.host());
  const std::string name = name_of(*ending);
  const Secret value = ending_value(*ending);
  std::vector<std::string> arguments = {
      name, free_at(ending->due, kGrace),
      keys_.seal(places.names.promises() + name, value.reveal(), parts_.random), milliseconds(kKept),
      std::to_string(tokens::EndList::kMost)};
  net::Task<Result<Reply>> keeping = kTakeIn.run(parts_.redis, places.keys(), std::move(arguments));
  const Result<Reply> kept = co_await std::move(keeping);
  co_return kept && kept->integer() == 1;
}

net::Task<> SharedEnds::drop(EndingPtr ending) {
  const Places places(ending->app.host());
  std::vector<std::string> arguments = {name_of(*ending)};
  net::Task<Result<Reply>> dropping = kTakeOut.run(parts_.redis, places.keys(), std::move(arguments));
  [[maybe_unused]] const Result<Reply> dropped = co_await std::move(dropping);
}

net::Task<std::vector<EndingPtr>> SharedEnds::claim(std::string host, TimePoint now, std::size_t most) {
  const Places places(host);
  std::vector<std::string> arguments = {milliseconds(now.time_since_epoch()), std::to_string(most),
                                        free_at(now, kClaim)};
  net::Task<Result<Reply>> claiming = kGiveOut.run(parts_.redis, places.keys(), std::move(arguments));
  const Result<Reply> reply = co_await std::move(claiming);
  std::vector<EndingPtr> claimed;
  if (!reply || !reply->is_array()) co_return claimed;
  const std::vector<Reply>& items = reply->items();
  for (std::size_t i = 0; i + 1 < items.size() && claimed.size() < most; i += 2) {
    EndingPtr ending = opened(places.names.promises(), items[i], items[i + 1]);
    if (ending && ending->app.host() == host) claimed.push_back(std::move(ending));
  }
  co_return claimed;
}

EndingPtr SharedEnds::opened(std::string_view place, const Reply& name, const Reply& sealed) const {
  if (!name.is_text() || !sealed.is_text()) return nullptr;
  const std::optional<Secret> value = keys_.open(std::string(place) + name.text(), sealed.text());
  return value ? read_ending_value(value->reveal()) : nullptr;
}

}  // namespace hubwarden::fleet
