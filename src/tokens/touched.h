#pragma once

// What GitHub said has changed, and which entries of the look-up and of the engine that touches: these and no
// others are forgotten. Pure values. Source: docs/webhooks.md, "What is forgotten".
//
//   const Touched gone = Touched::installation({app}, InstallationId(7), {acme});
//   co_await engine.forget(gone);   // its tokens, and what is remembered of its mints
//   lookup.forget(gone);            // where acme's repositories were found, and where they were not

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "policy/names.h"
#include "tokens/scope.h"

namespace hubwarden::tokens {

class Touched {
 public:
  enum class What { kInstallation, kGrants, kRepository };

  // All that is known of an installation. `owners`: the names of the account that it is on, present and
  // former; names that were not found there may be found now. `apps`: those whose installation it may be.
  static Touched installation(std::vector<AppRef> apps, InstallationId id, std::vector<policy::Owner> owners);
  // What an installation was granted, and nothing else.
  static Touched grants(std::vector<AppRef> apps, InstallationId id);
  // One repository, by all the names that it has or had.
  static Touched repository(RepositoryId id, std::vector<policy::Repository> names);

  // The same, told at that time, by GitHub's clock: another replica may have heard of it earlier.
  Touched as_of(TimePoint told) &&;
  TimePoint told_at() const { return told_at_; }  // the end of time unless it is known
  // What was learned from GitHub so late that it holds the news already.
  bool is_known_to(TimePoint learned) const { return learned - kClocksDiffer > told_at_; }

  bool token(const Scope& scope) const;
  // A failed mint that may be tried again at once. A rate limit is no less a limit for the news.
  bool failed_mint(const Scope& scope, ErrorCode code) const;
  // A mint whose answer, when it comes, may be older than the news.
  bool mint_under_way(const Scope& scope) const;

  // Names are those of policy::Repository::key().
  bool mapping(std::string_view name, const AppRef& app, InstallationId installation,
               std::optional<RepositoryId> id) const;
  // A name of which it was not found out where the App is installed.
  bool failed_look_up(std::string_view name, ErrorCode code) const;
  bool look_up_under_way(std::string_view name) const;

  // As they were given.
  What what() const { return what_; }
  const std::vector<AppRef>& apps() const { return apps_; }
  std::optional<InstallationId> installation() const { return installation_; }
  const std::vector<policy::Owner>& owners() const { return owners_; }
  std::optional<RepositoryId> repository() const { return repository_; }
  const std::vector<policy::Repository>& names() const { return names_; }

 private:
  // Between two replicas' ideas of GitHub's time, with room.
  static constexpr Duration kClocksDiffer = std::chrono::seconds(2);

  explicit Touched(What what) : what_(what) {}
  bool is_installation_of(const AppRef& app, InstallationId installation) const;
  bool is_of_owner(std::string_view name) const;
  bool is_named(std::string_view name) const;
  bool covers_repository(const Scope& scope) const;

  What what_;
  std::vector<AppRef> apps_;
  std::optional<InstallationId> installation_;
  std::vector<policy::Owner> owners_;
  std::optional<RepositoryId> repository_;
  std::vector<policy::Repository> names_;
  TimePoint told_at_ = TimePoint::max();
};

// How many entries were forgotten.
struct Forgotten {
  Forgotten() = default;

  Forgotten& operator+=(const Forgotten& other) {
    tokens += other.tokens;
    failures += other.failures;
    mappings += other.mappings;
    return *this;
  }

  std::size_t tokens = 0;
  std::size_t failures = 0;  // of mints and of look-ups
  std::size_t mappings = 0;  // from a name to its installation
};

}  // namespace hubwarden::tokens
