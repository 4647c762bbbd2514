#include "tokens/withdrawer.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <iterator>
#include <unordered_set>

#include "net/loops.h"
#include "net/one_shot.h"

namespace hubwarden::tokens {
namespace {

// Of tokens that are not the App's own, and so not for its API to take back.
LeftOver not_ours(const Token& token) {
  return {token.fingerprint(), token.expires_at(),
          "a token from the " + std::string(to_string(token.facts().source)) +
              " source: whoever gave it to hubwarden has to revoke it"};
}

}  // namespace

Withdrawn& Withdrawn::operator+=(Withdrawn also) {
  revoked += also.revoked;
  std::ranges::move(also.left_over, std::back_inserter(left_over));
  return *this;
}

std::vector<LeftOver> left_over_of(const Swept& swept, TimePoint now) {
  std::vector<LeftOver> left_over;
  for (const TokenPtr& token : swept.unnamed) {
    left_over.emplace_back(token->fingerprint(), token->expires_at(),
                           "minted by an older hubwarden, which did not say for whom");
  }
  const TimePoint end = now + std::chrono::duration_cast<TimePoint::duration>(Withdrawer::kLife);
  if (swept.unreadable > 0) {
    left_over.emplace_back(std::to_string(swept.unreadable) + " tokens in the shared tier", end,
                           "none of this replica's keys opens them");
  }
  if (swept.incomplete) {
    left_over.emplace_back("tokens of replicas that are gone", end,
                           "the shared tier could not be looked through: " + swept.incomplete->message());
  }
  return left_over;
}

// Shared by the lanes that work it off, all on one loop.
struct Withdrawer::Work {
  explicit Work(const net::Executor& executor) : done(std::make_shared<net::OneShot<bool>>(executor)) {}

  std::vector<TokenPtr> tokens;
  std::vector<bool> is_settled;  // of each of them
  std::size_t next = 0;
  std::size_t lanes = 0;
  Withdrawn withdrawn;
  std::shared_ptr<net::OneShot<bool>> done;
};

// Told callers may have been an earlier end than GitHub's own.
Ending Withdrawer::ending_of(const Token& token) const {
  const TimePoint github = token.facts().minted_at + std::chrono::duration_cast<TimePoint::duration>(kLife);
  return {any_app_, Secret(token.reveal()), token.fingerprint(), parts_.clock.now(),
          std::max(token.expires_at(), github)};
}

void Withdrawer::take_back(const TokenPtr& token, const net::Executor& executor) {
  parts_.ends.add(ending_of(*token), executor);
}

net::Task<> Withdrawer::take_all(Work& work, std::function<bool(const Scope&)> concerns,
                                 std::vector<TokenPtr> in_hands) {
  std::vector<TokenEngine::Known> taken = co_await parts_.engine.take(std::move(concerns));
  std::unordered_set<std::string_view> seen;
  for (TokenEngine::Known& known : taken) {
    if (!seen.insert(known.token->reveal()).second) continue;
    work.tokens.push_back(std::move(known.token));
  }
  for (const TokenPtr& token : in_hands) {
    if (!seen.insert(token->reveal()).second) continue;
    if (token->facts().source != TokenSource::kApp) {
      work.withdrawn.left_over.push_back(not_ours(*token));
      continue;
    }
    const std::optional<TokenEngine::Known> known = parts_.engine.find_by_value(token->reveal());
    if (known) co_await parts_.engine.forget(known->scope.key(), known->token);
    work.tokens.push_back(token);
  }
}

net::Task<> Withdrawer::work_off(std::shared_ptr<Work> work) {
  while (work->next < work->tokens.size()) {
    const std::size_t place = work->next++;
    const TokenPtr token = work->tokens[place];
    Ending ending = ending_of(*token);
    const TimePoint until = ending.dead_at;
    const Result<> ended = co_await parts_.ends.end_now(std::move(ending));
    work->is_settled[place] = true;
    if (ended) {
      ++work->withdrawn.revoked;
    } else {
      work->withdrawn.left_over.emplace_back(token->fingerprint(), until,
                                             ended.error().message() + "; it is tried again");
    }
  }
  if (--work->lanes == 0) work->done->set(true);
}

net::Task<Withdrawn> Withdrawer::withdraw(std::function<bool(const Scope&)> concerns,
                                          std::vector<TokenPtr> in_hands) {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  const auto work = std::make_shared<Work>(executor);
  co_await take_all(*work, std::move(concerns), std::move(in_hands));
  work->is_settled.resize(work->tokens.size());
  work->lanes = std::min(kAtOnce, work->tokens.size());
  if (work->lanes == 0) co_return std::move(work->withdrawn);
  for (std::size_t lane = work->lanes; lane > 0; --lane) {
    net::spawn(executor, work_off(work), [](std::exception_ptr) {});
  }
  const SteadyPoint patience = parts_.clock.steady_now() + kPatience;
  [[maybe_unused]] const auto done = co_await work->done->wait_until(parts_.timers, patience);
  // The lanes end with what they are at: the rest goes the way of whatever is tried again.
  for (; work->next < work->tokens.size(); ++work->next) take_back(work->tokens[work->next], executor);
  Withdrawn withdrawn = work->withdrawn;
  for (std::size_t i = 0; i < work->tokens.size(); ++i) {
    if (work->is_settled[i]) continue;
    const Ending ending = ending_of(*work->tokens[i]);
    withdrawn.left_over.emplace_back(ending.fingerprint, ending.dead_at, "GitHub has not answered yet");
  }
  co_return withdrawn;
}

}  // namespace hubwarden::tokens
