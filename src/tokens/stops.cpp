#include "tokens/stops.h"

#include <algorithm>

namespace hubwarden::tokens {

using store::Revocation;
using store::RevocationId;
using store::RevokedKind;

std::optional<Stop> Stop::of(const Revocation& revocation) {
  Stop stop(revocation);
  switch (revocation.kind) {
    case RevokedKind::kAll: return stop;
    case RevokedKind::kApp:
      stop.host_ = revocation.host;
      stop.app_ = revocation.subject;
      return stop;
    case RevokedKind::kRepository: {
      Result<policy::Repository> repository = policy::Repository::parse(revocation.subject);
      if (!repository) {
        stop.kind_ = RevokedKind::kAll;
        return stop;
      }
      stop.host_ = revocation.host;
      stop.repository_ = *std::move(repository);
      stop.repository_id_ = revocation.repository;
      stop.installation_ = revocation.installation;
      return stop;
    }
    case RevokedKind::kSession:
    case RevokedKind::kGrant:
    case RevokedKind::kWorkspace:
    case RevokedKind::kAgent: break;
  }
  return std::nullopt;
}

bool Stop::names(std::string_view host, const policy::Repository& repository) const {
  return host == host_ && repository_ && repository_->key() == repository.key();
}

bool Stop::covers(const Scope& scope) const {
  if (kind_ == RevokedKind::kAll) return true;
  if (scope.app().host() != host_) return false;
  if (kind_ == RevokedKind::kApp) return scope.app().app() == app_;
  const RepositorySelection& repositories = scope.repositories();
  if (repositories.is_all()) return !installation_ || *installation_ == scope.installation();
  return std::ranges::any_of(repositories.chosen(), [this](const RepositoryRef& each) {
    return each.name().key() == repository_->key() || (each.id() && each.id() == repository_id_);
  });
}

Error Stop::error() const {
  std::string what = "everything";
  if (kind_ == RevokedKind::kApp) what = "App " + app_;
  if (kind_ == RevokedKind::kRepository) what = repository_->shown();
  return Error(ErrorCode::kForbidden,
               what + " is stopped by an operator (revocation " + store::to_text(id_) + ")")
      .with_fix(Fix::kOperator);
}

void Stops::apply(RevocationId id, const std::optional<Revocation>& now) {
  std::optional<Stop> stop;
  if (now && !now->lifted_at) stop = Stop::of(*now);
  auto stops = stops_.write();
  const bool is_gone = stops->erase(id) > 0;
  if (!stop && !is_gone) return;
  if (stop) stops->emplace(id, *std::move(stop));
  count_.store(stops->size(), std::memory_order_release);
  moment_.fetch_add(1, std::memory_order_acq_rel);
}

template <class Predicate>
std::optional<Error> Stops::first(const Predicate& stops) const {
  if (is_quiet()) return std::nullopt;
  const auto all = stops_.read();
  const auto found = std::ranges::find_if(*all, [&stops](const auto& each) { return stops(each.second); });
  if (found == all->end()) return std::nullopt;
  return found->second.error();
}

std::optional<Error> Stops::of(std::string_view host,
                               std::span<const policy::Repository> repositories) const {
  return first([&](const Stop& stop) {
    return stop.is_of_all() || std::ranges::any_of(repositories, [&](const policy::Repository& each) {
             return stop.names(host, each);
           });
  });
}

std::optional<Error> Stops::of(const Scope& scope) const {
  return first([&scope](const Stop& stop) { return stop.covers(scope); });
}

const Stops& Stops::none() {
  static const Stops stops;
  return stops;
}

}  // namespace hubwarden::tokens
