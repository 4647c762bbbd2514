#include "tokens/lookup.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/check.h"

namespace hubwarden::tokens {
namespace {

constexpr Duration kGoodFor = std::chrono::hours(1);
constexpr Duration kTimeout = std::chrono::seconds(10);
constexpr std::chrono::milliseconds kStopPoll(20);

}  // namespace

std::optional<RepositoryId> Location::repository(SteadyPoint now) const {
  if (!id_ || now - confirmed_at_ > kGoodFor) return std::nullopt;
  return id_;
}

SteadyPoint Location::good_until() const {
  return std::min(found_at_, id_ ? confirmed_at_ : found_at_) +
         std::chrono::duration_cast<SteadyPoint::duration>(kGoodFor);
}

bool Location::leads_on_from(const Location& before) const {
  return app_ == before.app_ && installation_ == before.installation_ && (!before.id_ || before.id_ == id_);
}

void Location::confirm(RepositoryId id, SteadyPoint now) {
  id_ = id;
  confirmed_at_ = now;
}

void Location::confirm_renamed(RepositoryId id, SteadyPoint now) {
  confirm(id, now);
  renamed_ = true;
}

void Location::take_id_from(const Location& other) {
  if (other.installation_ != installation_ || other.app_ != app_ || other.renamed_) return;
  id_ = other.id_;
  confirmed_at_ = other.confirmed_at_;
}

Lookup::Lookup(Parts parts, std::vector<AppRef> apps, std::size_t max_entries)
    : parts_(parts), apps_(std::move(apps)), locations_(max_entries), failures_(max_entries) {
  HW_CHECK(!apps_.empty());
}

LocationPtr Lookup::peek(const policy::Repository& repository) const {
  LocationPtr location = held(repository.key());
  if (!location || parts_.clock.steady_now() - location->found_at() > kGoodFor) return nullptr;
  return location;
}

net::Task<Result<LocationPtr>> Lookup::find(policy::Repository repository, http::CallContext context) {
  const LocationPtr known = peek(repository);
  if (known) co_return known;
  const SteadyPoint now = parts_.clock.steady_now();
  const auto failure = failures_.get(repository.key());
  if (failure && !(*failure)->is_over(now)) co_return fall_back(repository, (*failure)->error(now));

  const net::Executor executor = co_await boost::asio::this_coro::executor;
  auto landing = std::make_shared<net::OneShot<Outcome>>(executor);
  const auto joined =
      flights_.join(repository.key(), [landing](const Outcome& outcome) { landing->set(outcome); });
  if (joined.first) depart(repository, context.trace, executor);
  const std::optional<Outcome> outcome = co_await landing->wait_until(parts_.timers, context.deadline);
  if (outcome) co_return *outcome;
  flights_.leave(repository.key(), joined.ticket);
  Error late(ErrorCode::kUpstreamTimeout, "GitHub has not said in time where the App is installed");
  co_return fall_back(repository, std::move(late));
}

// The question is on its own from here: nobody's deadline but its own ends it.
void Lookup::depart(policy::Repository repository, Trace trace, const net::Executor& executor) {
  in_flight_.fetch_add(1);
  boost::asio::co_spawn(executor, fly(std::move(repository), trace), boost::asio::detached);
}

net::Task<> Lookup::fly(policy::Repository repository, Trace trace) {
  const std::string key = repository.key();
  Outcome outcome = fail(ErrorCode::kInternal, "the look-up ended unexpectedly");
  try {
    Outcome asked = co_await ask(std::move(repository), trace);
    outcome = std::move(asked);
  } catch (const std::exception&) {
    // Third-party code threw: the waiters learn of an internal error, never of its text.
  }
  flights_.land(key, outcome);
  in_flight_.fetch_sub(1);
}

net::Task<> Lookup::stop() {
  stopping_.store(true);
  while (in_flight_.load() > 0) {
    co_await net::sleep_until(parts_.timers, parts_.clock.steady_now() + kStopPoll);
  }
}

net::Task<Lookup::Outcome> Lookup::ask(policy::Repository repository, Trace trace) {
  // Somebody may have landed between this caller's look and its flight.
  const LocationPtr known = peek(repository);
  if (known) co_return known;
  if (stopping_.load()) co_return fail(ErrorCode::kUnavailable, "hubwarden is shutting down");
  const auto timeout = std::chrono::duration_cast<SteadyPoint::duration>(kTimeout);
  const http::CallContext context(parts_.clock.steady_now() + timeout, trace);
  const UnderWay<policy::Repository>::Question question(questions_, repository);
  std::optional<Error> worst;
  for (const AppRef& app : apps_) {
    Result<Found> found = co_await parts_.directory.installation_of(app, repository, context);
    if (found) {
      auto location = std::make_shared<Location>(app, found->installation, parts_.clock.steady_now());
      Outcome outcome = keep(repository, std::move(location), *found);
      if (question.is_overtaken()) drop(repository.key());
      co_return outcome;
    }
    // "Not installed" from one App says nothing about the next; any other trouble is the better explanation.
    if (!worst || worst->code() == ErrorCode::kAppNotInstalled) worst = found.error();
  }
  Error error = remember_failure(repository, std::move(*worst));
  if (question.is_overtaken()) failures_.erase(repository.key());
  co_return fall_back(repository, std::move(error));
}

Error Lookup::remember_failure(const policy::Repository& repository, Error error) {
  const SteadyPoint now = parts_.clock.steady_now();
  const auto before = failures_.get(repository.key());
  auto failure = std::make_shared<const Failure>(std::move(error), before ? (*before)->consecutive() + 1 : 1,
                                                 now, parts_.random);
  Error remembered = failure->error(now);
  failures_.put(repository.key(), std::move(failure));
  return remembered;
}

Lookup::Outcome Lookup::keep(const policy::Repository& repository, std::shared_ptr<Location> location,
                             const Found& found) {
  const SteadyPoint now = parts_.clock.steady_now();
  const LocationPtr before = held(repository.key());
  if (before) location->take_id_from(*before);
  if (found.renamed) location->confirm_renamed(*found.renamed, now);
  failures_.erase(repository.key());
  replace(repository.key(), before, location);
  return location;
}

// What was true an hour ago is better than nothing while GitHub cannot be asked; a clear "no" is believed.
Lookup::Outcome Lookup::fall_back(const policy::Repository& repository, Error error) {
  const LocationPtr before = held(repository.key());
  if (before && kind_of(error.code()) != FailureKind::kPermanent) return before;
  if (before) drop(repository.key());
  return std::unexpected(std::move(error));
}

void Lookup::learn(const MintedRepository& repository, SteadyPoint minted) {
  const auto& [asked, answered] = repository;
  const LocationPtr before = held(asked.key());
  if (!before || !answered.id() || minted < before->confirmed_at()) return;
  auto location = std::make_shared<Location>(*before);
  if (answered.name() == asked || before->is_renamed()) {
    location->confirm(*answered.id(), minted);
  } else {
    // The id has moved to another name, and this name may be somebody else's by now.
    location->lose_id();
  }
  replace(asked.key(), before, std::move(location));
}

void Lookup::replace(const std::string& key, const LocationPtr& before, LocationPtr now) {
  const bool is_change = before && !now->leads_on_from(*before);
  locations_.put(key, std::move(now));
  if (is_change) changes_.note();
}

void Lookup::drop(const std::string& key) {
  if (locations_.erase(key)) changes_.note();
}

void Lookup::forget(const policy::Repository& repository) {
  drop(repository.key());
  failures_.erase(repository.key());
}

Forgotten Lookup::forget(const Touched& touched) {
  // First those under way: what is answered after this is not kept, what was answered before is found below.
  questions_.overtake(
      [&touched](const policy::Repository& asked) { return touched.look_up_under_way(asked.key()); });
  Forgotten forgotten;
  const SteadyPoint now = parts_.clock.steady_now();
  locations_.for_each([&](const std::string& key, const LocationPtr& location) {
    if (!touched.mapping(key, location->app(), location->installation(), location->repository(now))) return;
    drop(key);
    ++forgotten.mappings;
  });
  failures_.for_each([&](const std::string& key, const std::shared_ptr<const Failure>& failure) {
    if (touched.failed_look_up(key, failure->code()) && failures_.erase(key)) ++forgotten.failures;
  });
  return forgotten;
}

}  // namespace hubwarden::tokens
