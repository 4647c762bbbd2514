#include "fleet/shared_sweep.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "fleet/delete_if_same.h"
#include "fleet/key_names.h"
#include "fleet/patient_ask.h"
#include "fleet/token_value.h"
#include "net/one_shot.h"
#include "redis/codec.h"

namespace hubwarden::fleet {
namespace {

using redis::Reply;
using tokens::Scope;

// Redis looks at so many keys, whosever they are, before it answers others: well below a millisecond.
constexpr std::string_view kPage = "1000";
constexpr std::string_view kBeginning = "0";  // and the end
constexpr std::size_t kLongestName = 128;

bool is_token_name(std::string_view name) {
  const std::size_t star = kTokenNames.find('*');
  return name.size() >= kTokenNames.size() && name.size() <= kLongestName &&
         name.starts_with(kTokenNames.substr(0, star)) && name.ends_with(kTokenNames.substr(star + 1));
}

struct Page {
  Page() = default;
  std::string next;
  std::vector<std::string> names;
};

// [cursor, [name…]]
std::optional<Page> page_in(const Reply& reply) {
  const std::vector<Reply>& items = reply.items();
  if (items.size() != 2 || !items[0].is_text() || !items[1].is_array()) return std::nullopt;
  Page page;
  page.next = items[0].text();
  for (const Reply& name : items[1].items()) {
    if (is_token_name(name.text())) page.names.push_back(name.text());
  }
  return page;
}

}  // namespace

// Shared by the lanes that work it off, all on one loop.
struct SharedSweep::Walk {
  Walk(std::function<bool(const Scope&)> concerns_, net::Executor executor_, Patience patience_)
      : concerns(std::move(concerns_)), executor(std::move(executor_)), patience(patience_) {}

  // The first reason counts.
  void note(const Error& error) {
    if (!swept.incomplete) swept.incomplete = error;
  }
  void end_lane() {
    if (--lanes == 0) done->set(true);
  }

  std::function<bool(const Scope&)> concerns;
  net::Executor executor;
  Patience patience;
  std::size_t keys = 0;
  std::vector<std::string> names;  // of one page
  std::size_t lanes = 0;
  std::shared_ptr<net::OneShot<bool>> done;   // with that page
  std::unordered_set<std::string_view> seen;  // values, in the tokens that were found
  tokens::Swept swept;
};

net::Task<tokens::Swept> SharedSweep::sweep(std::function<bool(const Scope&)> concerns) {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  const Patience patience{parts_.timers, parts_.clock, parts_.clock.steady_now() + kPatience};
  const auto walk = std::make_shared<Walk>(std::move(concerns), executor, patience);
  const std::vector<std::string> servers = parts_.redis.key_of_each();
  if (servers.empty()) walk->note(Error(ErrorCode::kUnavailable, "no node of the cluster is known"));
  for (std::size_t i = 0; i < servers.size(); ++i) {
    net::Task<> looking = look_through(walk, servers[i]);
    co_await std::move(looking);
  }
  co_return std::move(walk->swept);
}

bool SharedSweep::goes_on(Walk& walk) const {
  if (walk.keys >= kMostKeys) {
    walk.note(Error(ErrorCode::kUnavailable, "more than " + std::to_string(kMostKeys) + " tokens lie there"));
    return false;
  }
  if (parts_.clock.steady_now() < walk.patience.deadline) return true;
  walk.note(
      Error(ErrorCode::kUnavailable, "it takes more than " + std::to_string(kPatience.count()) + " seconds"));
  return false;
}

net::Task<> SharedSweep::look_through(WalkPtr walk, std::string server) {
  std::string cursor(kBeginning);
  do {
    if (!goes_on(*walk)) co_return;
    std::string command = redis::command_text({"SCAN", cursor, "MATCH", kTokenNames, "COUNT", kPage});
    net::Task<Result<Reply>> asking = ask_patiently(parts_.redis, walk->patience, server, std::move(command));
    const Result<Reply> reply = co_await std::move(asking);
    std::optional<Page> page;
    if (reply) page = page_in(*reply);
    if (!page) {
      walk->note(reply ? Error(ErrorCode::kUpstreamProtocol, "Redis answers SCAN with something else")
                       : reply.error());
      co_return;
    }
    cursor = std::move(page->next);
    walk->names = std::move(page->names);
    net::Task<> looking = look_at_page(walk);
    co_await std::move(looking);
  } while (cursor != kBeginning);
}

net::Task<> SharedSweep::look_at_page(WalkPtr walk) {
  walk->lanes = std::min(kAtOnce, walk->names.size());
  if (walk->lanes == 0) co_return;
  walk->done = std::make_shared<net::OneShot<bool>>(walk->executor);
  for (std::size_t lane = walk->lanes; lane > 0; --lane) {
    net::spawn(walk->executor, work_off(walk), [walk](std::exception_ptr) {
      walk->note(Error(ErrorCode::kInternal, "looking at what lies there failed"));
      walk->end_lane();
    });
  }
  // Each command has its own end, so that the lanes have: they are waited for, whatever the time is.
  [[maybe_unused]] const auto done = co_await walk->done->wait_until(parts_.timers, SteadyPoint::max());
}

net::Task<> SharedSweep::work_off(WalkPtr walk) {
  while (!walk->names.empty() && goes_on(*walk)) {
    ++walk->keys;
    std::string name = std::move(walk->names.back());
    walk->names.pop_back();
    net::Task<> looking = look_at(walk, std::move(name));
    co_await std::move(looking);
  }
  walk->end_lane();
}

net::Task<> SharedSweep::look_at(WalkPtr walk, std::string name) {
  std::string command = redis::command_text({"GET", name});
  net::Task<Result<Reply>> asking = ask_patiently(parts_.redis, walk->patience, name, std::move(command));
  const Result<Reply> reply = co_await std::move(asking);
  if (!reply) walk->note(reply.error());
  if (!reply || !reply->is_text() || !take(*walk, name, reply->text())) co_return;
  net::Task<> removing = remove(walk, std::move(name), reply->text());
  co_await std::move(removing);
}

net::Task<> SharedSweep::remove(WalkPtr walk, std::string name, std::string sealed) {
  for (int tried = 1;; ++tried) {
    std::vector<std::string> keys = {name};
    std::vector<std::string> seen = {sealed};
    net::Task<Result<Reply>> deleting = kDeleteIfSame.run(parts_.redis, std::move(keys), std::move(seen));
    const Result<Reply> deleted = co_await std::move(deleting);
    if (deleted) co_return;
    const bool goes_on = co_await tries_again(walk->patience, tried);
    if (!goes_on) walk->note(deleted.error());
    if (!goes_on) co_return;
  }
}

bool SharedSweep::take(Walk& walk, const std::string& name, std::string_view sealed) const {
  const std::optional<Secret> value = keys_.open(name, sealed);
  const std::optional<tokens::Minted> minted = value ? read_token_value(value->reveal()) : std::nullopt;
  if (!minted) {
    ++walk.swept.unreadable;
    return false;
  }
  const std::optional<Scope> scope = scope_of(*minted);
  if (scope && !walk.concerns(*scope)) return false;
  if (!walk.seen.insert(minted->token->reveal()).second) return scope.has_value();
  if (scope) {
    walk.swept.taken.emplace_back(scope->app().host(), minted->token);
  } else {
    walk.swept.unnamed.push_back(minted->token);
  }
  return scope.has_value();
}

}  // namespace hubwarden::fleet
