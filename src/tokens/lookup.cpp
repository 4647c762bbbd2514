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

// What a question brings: the outcome, for its callers, and what the other replicas are to have of it.
struct Lookup::Answer {
  explicit Answer(Outcome outcome_) : outcome(std::move(outcome_)) {}
  void share(PlaceAnswer answer, Duration length) {
    for_others = std::move(answer);
    good_for = length;
  }

  Outcome outcome;
  std::optional<PlaceAnswer> for_others;
  Duration good_for = Duration::zero();
};

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
  Answer answer(fail(ErrorCode::kInternal, "the look-up ended unexpectedly"));
  try {
    Answer asked = co_await ask(repository, trace);
    answer = std::move(asked);
  } catch (const std::exception&) {
    // Third-party code threw: the waiters learn of an internal error, never of its text.
  }
  flights_.land(repository.key(), answer.outcome);
  if (answer.for_others) {
    co_await parts_.shared.keep(shared_key(repository), std::move(*answer.for_others), answer.good_for);
  }
  in_flight_.fetch_sub(1);
}

net::Task<> Lookup::stop() {
  stopping_.store(true);
  while (in_flight_.load() > 0) {
    co_await net::sleep_until(parts_.timers, parts_.clock.steady_now() + kStopPoll);
  }
}

net::Task<Lookup::Answer> Lookup::ask(policy::Repository repository, Trace trace) {
  // Somebody may have landed between this caller's look and its flight.
  const LocationPtr known = peek(repository);
  if (known) co_return Answer(known);
  if (stopping_.load()) co_return Answer(fail(ErrorCode::kUnavailable, "hubwarden is shutting down"));
  const std::optional<PlaceAnswer> shared = co_await parts_.shared.find(shared_key(repository));
  std::optional<Outcome> believed = shared ? believe(repository, *shared) : std::nullopt;
  if (believed) co_return Answer(std::move(*believed));
  Answer answer = co_await ask_github(std::move(repository), trace);
  co_return answer;
}

net::Task<Lookup::Answer> Lookup::ask_github(policy::Repository repository, Trace trace) {
  const auto timeout = std::chrono::duration_cast<SteadyPoint::duration>(kTimeout);
  const http::CallContext context(parts_.clock.steady_now() + timeout, trace);
  const UnderWay<policy::Repository>::Question question(questions_, repository);
  std::optional<Error> worst;
  for (const AppRef& app : apps_) {
    Result<Found> found = co_await parts_.directory.installation_of(app, repository, context);
    if (found) {
      auto location = std::make_shared<Location>(app, found->installation, parts_.clock.steady_now());
      Answer answer(keep(repository, std::move(location), *found));
      if (question.is_overtaken()) {
        drop(repository.key());
      } else {
        answer.share(SharedPlace(app, *found, parts_.clock.now()), kGoodFor);
      }
      co_return answer;
    }
    // "Not installed" from one App says nothing about the next; any other trouble is the better explanation.
    if (!worst || worst->code() == ErrorCode::kAppNotInstalled) worst = found.error();
  }
  const Failure failure = remember_failure(repository, std::move(*worst));
  const SteadyPoint now = parts_.clock.steady_now();
  Answer answer(fall_back(repository, failure.error(now)));
  if (question.is_overtaken()) {
    failures_.erase(repository.key());
  } else if (!failure.is_ours_alone()) {
    answer.share(SharedFailure(failure, parts_.clock.now()), failure.not_before() - now);
  }
  co_return answer;
}

// Told apart from scopes, which share the tier.
std::string Lookup::shared_key(const policy::Repository& repository) const {
  return "place|" + apps_.front().host() + "|" + repository.key();
}

std::optional<Lookup::Outcome> Lookup::believe(const policy::Repository& repository,
                                               const PlaceAnswer& shared) {
  return std::visit([&](const auto& answer) { return believe(repository, answer); }, shared);
}

// Nothing when GitHub has told of a change since, or it is of an App that is not configured here.
std::optional<Lookup::Outcome> Lookup::believe(const policy::Repository& repository,
                                               const SharedPlace& place) {
  const Duration age = std::max(Duration::zero(), parts_.clock.now() - place.found_at);
  const bool is_ours = std::ranges::find(apps_, place.app) != apps_.end();
  const bool is_outdated = news_.any([&](const Touched& touched) {
    return !touched.is_known_to(place.found_at) &&
           touched.mapping(repository.key(), place.app, place.found.installation, place.found.renamed);
  });
  if (age > kGoodFor || !is_ours || is_outdated) return std::nullopt;
  const SteadyPoint found_at =
      parts_.clock.steady_now() - std::chrono::duration_cast<SteadyPoint::duration>(age);
  return keep(repository, std::make_shared<Location>(place.app, place.found.installation, found_at),
              place.found);
}

std::optional<Lookup::Outcome> Lookup::believe(const policy::Repository& repository,
                                               const SharedFailure& failed) {
  const SteadyPoint now = parts_.clock.steady_now();
  const bool is_outdated = news_.any([&](const Touched& touched) {
    return !touched.is_known_to(failed.met_at) &&
           touched.failed_look_up(repository.key(), failed.failure.code());
  });
  if (failed.failure.is_over(now) || is_outdated) return std::nullopt;
  failures_.put(repository.key(), std::make_shared<const Failure>(failed.failure));
  return fall_back(repository, failed.failure.error(now));
}

Failure Lookup::remember_failure(const policy::Repository& repository, Error error) {
  const auto before = failures_.get(repository.key());
  Failure failure(std::move(error), before ? (*before)->consecutive() + 1 : 1, parts_.clock.steady_now(),
                  parts_.random);
  failures_.put(repository.key(), std::make_shared<const Failure>(failure));
  return failure;
}

Lookup::Outcome Lookup::keep(const policy::Repository& repository, std::shared_ptr<Location> location,
                             const Found& found) {
  const LocationPtr before = held(repository.key());
  if (before) location->take_id_from(*before);
  if (found.renamed) location->confirm_renamed(*found.renamed, location->found_at());
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
  // GitHub's ids begin with 1: whatever is known of this name, and nothing else.
  news_.note(Touched::repository(RepositoryId(0), {repository}), parts_.clock.now());
  drop(repository.key());
  failures_.erase(repository.key());
}

Forgotten Lookup::forget(const Touched& touched) {
  // First those to come and those under way: what is answered after this is not kept, what was answered
  // before is found below.
  news_.note(touched, parts_.clock.now());
  questions_.overtake(
      [&touched](const policy::Repository& asked) { return touched.look_up_under_way(asked.key()); });
  Forgotten forgotten;
  const SteadyPoint now = parts_.clock.steady_now();
  locations_.for_each([&](const std::string& key, const LocationPtr& location) {
    const TimePoint found_at =
        parts_.clock.now() - std::chrono::duration_cast<TimePoint::duration>(now - location->found_at());
    if (touched.is_known_to(found_at)) return;
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
