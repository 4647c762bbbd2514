#include "fleet/shared_tokens.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/secret.h"
#include "fleet/delete_if_same.h"
#include "fleet/failure_value.h"
#include "fleet/redis_time.h"
#include "fleet/token_value.h"
#include "net/loops.h"
#include "redis/codec.h"
#include "redis/script.h"

namespace hubwarden::fleet {
namespace {

using redis::Reply;
using tokens::LeaseAnswer;

constexpr std::string_view kReleased = "released ";
// GitHub's limits last an hour.
constexpr std::chrono::milliseconds kLongestPause = std::chrono::hours(2);

// Takes a lease that nobody has, unless the last attempt has failed and its pause lasts (KEYS[2] lives longer
// than that by ARGV[3]). Answers what came of it, that failure, how much longer it lies there, and the token
// that is kept by now.
constexpr redis::Script kTake(
    "local failure = redis.call('GET', KEYS[2]) "
    "local left = redis.call('PTTL', KEYS[2]) "
    "if failure and ARGV[4] == 'heed' and left > tonumber(ARGV[3]) then return {'paused', failure, left} end "
    "if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then "
    "return {'taken', failure, left, redis.call('GET', KEYS[3])} end "
    "return {'anothers'}");
// Deletes a lease that is still its owner's, leaves the failure of its mint or takes the last one away, and
// tells whoever waits.
constexpr redis::Script kRelease(
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end "
    "if ARGV[4] == '' then redis.call('DEL', KEYS[2]) "
    "else redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5]) end "
    "redis.call('DEL', KEYS[1]) redis.call('PUBLISH', ARGV[2], ARGV[3]) return 1");
// Makes a lease that is still its owner's last longer.
constexpr redis::Script kRenew(
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end "
    "return redis.call('PEXPIRE', KEYS[1], ARGV[2])");

// Of one that failed: the most that it can have been.
Duration took(const Result<Reply>& reply) {
  return reply ? reply->took() : Duration(redis::Client::kTimeout);
}

SteadyPoint after(SteadyPoint from, Duration by) {
  return from + std::chrono::duration_cast<SteadyPoint::duration>(by);
}

}  // namespace

struct SharedTokens::Lease {
  Lease(std::string name_, std::string owner_, SteadyPoint end_)
      : name(std::move(name_)), owner(std::move(owner_)), end(end_) {}
  std::string name;
  std::string owner;
  SteadyPoint end;  // never renewed beyond
  net::Event given_back;
};

SharedTokens::SharedTokens(Parts parts, const SealKeys& keys)
    : parts_(parts),
      keys_(keys),
      found_(parts.metrics.counters("hubwarden_shared_tokens_total",
                                    "Looks into the token cache that the fleet shares, by what was found",
                                    {{"found", {"hit", "miss", "unreadable", "failed"}}})) {
}

net::Task<Result<Reply>> SharedTokens::ask(std::string key, std::vector<std::string> words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  std::string command = redis::command_text(views);
  net::Task<Result<Reply>> asking = parts_.redis.ask(std::move(key), std::move(command));
  Result<Reply> reply = co_await std::move(asking);
  co_return reply;
}

net::Task<tokens::SharedFind> SharedTokens::find(std::string key) {
  const std::string name = KeyNames(key).token();
  std::vector<std::string> words = {"GET", name};
  net::Task<Result<Reply>> asking = ask(name, std::move(words));
  const Result<Reply> reply = co_await std::move(asking);
  tokens::SharedFind find;
  find.took = took(reply);
  if (!reply || reply->is_nil()) {
    found_.at(reply ? Found::kMiss : Found::kFailed).add();
    co_return find;
  }
  find.minted = opened(name, reply->text());
  found_.at(find.minted ? Found::kHit : Found::kUnreadable).add();
  co_return find;
}

std::optional<tokens::Minted> SharedTokens::opened(const std::string& name, std::string_view sealed) const {
  const std::optional<Secret> value = keys_.open(name, sealed);
  return value ? read_token_value(value->reveal()) : std::nullopt;
}

net::Task<> SharedTokens::keep(std::string key, tokens::Minted minted, Duration for_how_long,
                               tokens::Keep how) {
  if (for_how_long < std::chrono::milliseconds(1)) co_return;
  const std::string name = KeyNames(key).token();
  const Secret value = token_value(minted);
  std::vector<std::string> words = {"SET", name, keys_.seal(name, value.reveal(), parts_.random), "PX",
                                    milliseconds(for_how_long)};
  if (how == tokens::Keep::kIfMissing) words.emplace_back("NX");
  net::Task<Result<Reply>> asking = ask(name, std::move(words));
  [[maybe_unused]] const Result<Reply> reply = co_await std::move(asking);
}

net::Task<> SharedTokens::forget(std::string key, tokens::TokenPtr token) {
  return forget_at(KeyNames(key).token(), std::move(token));
}

// Two values of one token differ when they are sealed: what lies there is opened here, and deleted if it has
// not changed meanwhile.
net::Task<> SharedTokens::forget_at(std::string name, tokens::TokenPtr token) {
  std::vector<std::string> words = {"GET", name};
  net::Task<Result<Reply>> asking = ask(name, std::move(words));
  const Result<Reply> reply = co_await std::move(asking);
  if (!reply || !reply->is_text()) co_return;
  const std::optional<tokens::Minted> lying = opened(name, reply->text());
  if (!lying || !equal_in_constant_time(lying->token->reveal(), token->reveal())) co_return;
  std::vector<std::string> keys = {name};
  std::vector<std::string> seen = {reply->text()};
  net::Task<Result<Reply>> deleting = kDeleteIfSame.run(parts_.redis, std::move(keys), std::move(seen));
  [[maybe_unused]] const Result<Reply> deleted = co_await std::move(deleting);
}

net::Task<LeaseAnswer> SharedTokens::take_lease(std::string key, std::string owner, Duration for_how_long,
                                                tokens::Pauses pauses) {
  const net::Executor here = co_await boost::asio::this_coro::executor;
  const KeyNames names(key);
  std::vector<std::string> keys = {names.lock(), names.failure(), names.token()};
  std::vector<std::string> arguments = {owner, milliseconds(std::min(for_how_long, kLease)),
                                        milliseconds(kFailureMemory),
                                        pauses == tokens::Pauses::kHeed ? "heed" : "ignore"};
  net::Task<Result<Reply>> taking = kTake.run(parts_.redis, std::move(keys), std::move(arguments));
  const Result<Reply> reply = co_await std::move(taking);
  LeaseAnswer answer(LeaseAnswer::Kind::kTaken);
  answer.took = took(reply);
  if (!reply || !reply->is_array() || reply->items().empty()) co_return answer;
  const std::string& outcome = reply->items().front().text();
  if (outcome == "anothers") {
    answer.kind = LeaseAnswer::Kind::kAnothers;
    co_return answer;
  }
  answer.last_failure = failure_in(names.failure(), *reply);
  // A pause whose reason cannot be read is none: somebody has to try.
  if (outcome == "paused" && answer.last_failure) {
    answer.kind = LeaseAnswer::Kind::kPaused;
    co_return answer;
  }
  if (outcome == "taken") hold(names.lock(), std::move(owner), for_how_long, here);
  if (reply->items().size() == 4) answer.kept = opened(names.token(), reply->items()[3].text());
  co_return answer;
}

std::optional<tokens::SharedFailure> SharedTokens::failure_in(const std::string& name,
                                                              const Reply& answer) const {
  if (answer.items().size() < 3 || !answer.items()[1].is_text()) return std::nullopt;
  const std::optional<Secret> value = keys_.open(name, answer.items()[1].text());
  if (!value) return std::nullopt;
  // As told by Redis, which could say anything.
  const std::int64_t left = std::clamp<std::int64_t>(answer.items()[2].integer(), 0, kLongestPause.count());
  const auto pause = std::chrono::milliseconds(left) - kFailureMemory;
  return read_failure_value(value->reveal(), after(parts_.clock.steady_now(), pause));
}

std::string SharedTokens::sealed_failure(const std::string& name,
                                         const tokens::SharedFailure& failure) const {
  return keys_.seal(name, failure_value(failure), parts_.random);
}

// A lease that is longer than its term in Redis is renewed there.
void SharedTokens::hold(std::string name, std::string owner, Duration for_how_long,
                        const net::Executor& here) {
  if (for_how_long <= kLease) return;
  const SteadyPoint end = after(parts_.clock.steady_now(), for_how_long);
  const auto lease = std::make_shared<Lease>(name, std::move(owner), end);
  leases_.lock()->insert_or_assign(std::move(name), lease);
  net::spawn(here, renew(lease), [](std::exception_ptr) {});  // it ends by itself then
}

void SharedTokens::let_go(const std::string& name, std::string_view owner) {
  auto leases = leases_.lock();
  const auto place = leases->find(name);
  if (place == leases->end() || place->second->owner != owner) return;
  place->second->given_back.set();
  leases->erase(place);
}

net::Task<> SharedTokens::renew(std::shared_ptr<Lease> lease) {
  while (parts_.clock.steady_now() < lease->end) {
    const SteadyPoint next = parts_.clock.steady_now() + kRenewal;
    const bool is_over = co_await lease->given_back.wait_until(parts_.timers, next);
    if (is_over) co_return;
    std::vector<std::string> keys = {lease->name};
    std::vector<std::string> arguments = {lease->owner, milliseconds(kLease)};
    net::Task<Result<Reply>> renewing = kRenew.run(parts_.redis, std::move(keys), std::move(arguments));
    const Result<Reply> renewed = co_await std::move(renewing);
    const bool is_lost = renewed && renewed->integer() == 0;
    if (is_lost) co_return;
  }
}

net::Task<> SharedTokens::release_lease(std::string key, std::string owner,
                                        std::optional<tokens::SharedFailure> failure) {
  const KeyNames names(key);
  let_go(names.lock(), owner);
  std::string sealed;
  Duration memory = kFailureMemory;
  if (failure) {
    sealed = sealed_failure(names.failure(), *failure);
    memory += std::max(Duration::zero(), Duration(failure->failure.not_before() - parts_.clock.steady_now()));
    memory = std::min<Duration>(memory, kLongestPause);
  }
  std::vector<std::string> keys = {names.lock(), names.failure()};
  std::vector<std::string> arguments = {std::move(owner), std::string(kChannel),
                                        std::string(kReleased) + names.hash(), std::move(sealed),
                                        milliseconds(memory)};
  net::Task<Result<Reply>> releasing = kRelease.run(parts_.redis, std::move(keys), std::move(arguments));
  [[maybe_unused]] const Result<Reply> reply = co_await std::move(releasing);
}

net::Task<Duration> SharedTokens::wait_for_release(std::string key, SteadyPoint deadline) {
  const net::Executor here = co_await boost::asio::this_coro::executor;
  const KeyNames names(key);
  while (parts_.clock.steady_now() < deadline) {
    const Waiter waiter = std::make_shared<net::OneShot<bool>>(here);
    (*waiting_.lock())[names.hash()].push_back(waiter);
    // Asked for now that a release would be heard.
    std::vector<std::string> words = {"EXISTS", names.lock()};
    net::Task<Result<Reply>> asking = ask(names.lock(), std::move(words));
    const Result<Reply> held = co_await std::move(asking);
    const bool is_held = held && held->integer() == 1;
    std::optional<bool> released;
    if (is_held) {
      net::Task<std::optional<bool>> waiting =
          waiter->wait_until(parts_.timers, std::min(deadline, parts_.clock.steady_now() + kPoll));
      released = co_await std::move(waiting);
    }
    leave(names.hash(), waiter);
    if (!is_held) co_return took(held);
    if (released) break;
  }
  co_return Duration::zero();
}

void SharedTokens::leave(std::string_view hash, const Waiter& waiter) {
  auto waiting = waiting_.lock();
  const auto place = waiting->find(hash);
  if (place == waiting->end()) return;
  std::erase(place->second, waiter);
  if (place->second.empty()) waiting->erase(place);
}

void SharedTokens::heard(std::string_view message) {
  if (!message.starts_with(kReleased)) return;
  std::vector<Waiter> waiters;
  {
    auto waiting = waiting_.lock();
    const auto place = waiting->find(message.substr(kReleased.size()));
    if (place == waiting->end()) return;
    waiters = std::move(place->second);
    waiting->erase(place);
  }
  for (const Waiter& waiter : waiters) waiter->set(true);
}

}  // namespace hubwarden::fleet
