#pragma once

// owner/repo → App, installation and, once a mint has told it, the repository's id; for one GitHub host.
//
// A name is mapped for an hour, "not installed" for 30 s. The id needs no request of its own: every mint
// answers with the ids and the present names of its repositories, and so confirms the id at least once an
// hour while a token is in use. A name whose id is not confirmed is minted for by name again. Source:
// docs/tokens.md, "Installation look-up". Thread-safe.

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/lru.h"
#include "base/random.h"
#include "base/single_flight.h"
#include "net/one_shot.h"
#include "net/timers.h"
#include "tokens/changes.h"
#include "tokens/directory.h"
#include "tokens/failure.h"
#include "tokens/minter.h"
#include "tokens/recent_news.h"
#include "tokens/shared_places.h"
#include "tokens/touched.h"
#include "tokens/under_way.h"

namespace hubwarden::tokens {

class Location {
 public:
  Location(AppRef app, InstallationId installation, SteadyPoint found_at)
      : app_(std::move(app)), installation_(installation), found_at_(found_at) {}

  const AppRef& app() const { return app_; }
  InstallationId installation() const { return installation_; }
  SteadyPoint found_at() const { return found_at_; }
  // Nothing when GitHub has not confirmed it within the hour.
  std::optional<RepositoryId> repository(SteadyPoint now) const;

  // Until when all of this may be relied on.
  SteadyPoint good_until() const;
  // Whether who relied on `before` may go on with this.
  bool leads_on_from(const Location& before) const;

  void confirm(RepositoryId id, SteadyPoint now);
  void confirm_renamed(RepositoryId id, SteadyPoint now);
  void lose_id() { id_.reset(); }
  SteadyPoint confirmed_at() const { return confirmed_at_; }
  bool is_renamed() const { return renamed_; }
  void take_id_from(const Location& other);

 private:
  AppRef app_;
  InstallationId installation_;
  SteadyPoint found_at_;
  std::optional<RepositoryId> id_;
  SteadyPoint confirmed_at_ = SteadyPoint::min();
  bool renamed_ = false;
};

using LocationPtr = std::shared_ptr<const Location>;

class Lookup {
 public:
  struct Parts {
    const Clock& clock;
    net::Timers& timers;
    Random& random;
    Directory& directory;
    SharedPlaces& shared;
  };

  // `apps` are those of one host, asked in this order.
  Lookup(Parts parts, std::vector<AppRef> apps, std::size_t max_entries);

  const std::vector<AppRef>& apps() const { return apps_; }
  // Noted when a name that was found is not there any more, or elsewhere, or another repository's.
  const Changes& changes() const { return changes_; }

  // What is known and still good; null otherwise.
  LocationPtr peek(const policy::Repository& repository) const;
  // Asks GitHub when it must, within the trace of the first who has to know. One that cannot be asked again
  // at the moment stays in use.
  net::Task<Result<LocationPtr>> find(policy::Repository repository, http::CallContext context);

  // What a mint told then: the id, and the name that it had. Of two mints the later one counts.
  void learn(const MintedRepository& repository, SteadyPoint minted);
  // learn() as TokenEngine::teach() wants it.
  auto learner() {
    return [this](const AppRef&, const MintedRepository& repository, SteadyPoint minted) {
      learn(repository, minted);
    };
  }
  // It is not there: looked for anew, whatever other replicas have found before.
  void forget(const policy::Repository& repository);
  // Forgets what the news touches: where names were found and where not. The answer to a question that is
  // under way is not kept.
  Forgotten forget(const Touched& touched);

  // Asks nothing any more; returns when the questions under way have their answers. After it, and when no
  // caller is inside any more, nothing uses the look-up.
  net::Task<> stop();

 private:
  using Outcome = Result<LocationPtr>;

  using Trace = std::optional<wire::TraceContext>;

  void depart(policy::Repository repository, Trace trace, const net::Executor& executor);
  net::Task<> fly(policy::Repository repository, Trace trace);
  struct Answer;
  net::Task<Answer> ask(policy::Repository repository, Trace trace);
  net::Task<Answer> ask_github(policy::Repository repository, Trace trace);
  std::optional<Outcome> believe(const policy::Repository& repository, const PlaceAnswer& shared);
  std::optional<Outcome> believe(const policy::Repository& repository, const SharedPlace& place);
  std::optional<Outcome> believe(const policy::Repository& repository, const SharedFailure& failed);
  std::string shared_key(const policy::Repository& repository) const;
  Outcome keep(const policy::Repository& repository, std::shared_ptr<Location> location, const Found& found);
  Failure remember_failure(const policy::Repository& repository, Error error);
  Outcome fall_back(const policy::Repository& repository, Error error);
  void replace(const std::string& key, const LocationPtr& before, LocationPtr now);
  void drop(const std::string& key);
  LocationPtr held(std::string_view key) const { return locations_.get(key).value_or(nullptr); }

  Parts parts_;
  std::vector<AppRef> apps_;
  ShardedLru<std::string, LocationPtr, TextHash> locations_;
  ShardedLru<std::string, std::shared_ptr<const Failure>, TextHash> failures_;
  SingleFlight<Outcome> flights_;
  UnderWay<policy::Repository> questions_;
  RecentNews news_;
  std::atomic<int> in_flight_{0};
  std::atomic<bool> stopping_{false};
  Changes changes_;
};

}  // namespace hubwarden::tokens
