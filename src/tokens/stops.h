#pragma once

// What no token is handed out for until an operator lifts that: a repository, an App, everything.
//
//   stops.apply(id, record);                                      // as the store tells it
//   if (const std::optional<Error> why = stops.of(scope)) …       // `forbidden`, with the revocation's id
//
// Thread-safe. While nothing is stopped, and for all of it that is about callers, asking is one atomic read.

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "base/guarded.h"
#include "policy/names.h"
#include "store/revocation.h"
#include "tokens/scope.h"

namespace hubwarden::tokens {

class Stop {
 public:
  // Nothing for a revocation of callers. One whose text is no name stops everything: it was to stop
  // something.
  static std::optional<Stop> of(const store::Revocation& revocation);

  bool names(std::string_view host, const policy::Repository& repository) const;
  // A token of that scope would reach what is stopped. One for all repositories does, unless it is known to
  // be of another installation.
  bool covers(const Scope& scope) const;
  bool is_of_all() const { return kind_ == store::RevokedKind::kAll; }
  Error error() const;

 private:
  explicit Stop(const store::Revocation& revocation) : id_(revocation.id), kind_(revocation.kind) {}

  store::RevocationId id_;
  store::RevokedKind kind_;
  std::string host_;
  std::string app_;
  std::optional<policy::Repository> repository_;
  std::optional<RepositoryId> repository_id_;
  std::optional<InstallationId> installation_;
};

class Stops {
 public:
  void apply(store::RevocationId id, const std::optional<store::Revocation>& now);

  bool is_quiet() const { return count_.load(std::memory_order_acquire) == 0; }
  // Another number after each change of what is stopped.
  std::uint64_t moment() const { return moment_.load(std::memory_order_acquire); }

  // By what the caller said, before anything is looked up.
  std::optional<Error> of(std::string_view host, std::span<const policy::Repository> repositories) const;
  std::optional<Error> of(const Scope& scope) const;

  // Of whoever stops nothing.
  static const Stops& none();

 private:
  template <class Predicate>
  std::optional<Error> first(const Predicate& stops) const;

  // Few at a time: an operator made each.
  SharedGuarded<std::unordered_map<store::RevocationId, Stop>> stops_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::uint64_t> moment_{0};
};

}  // namespace hubwarden::tokens
