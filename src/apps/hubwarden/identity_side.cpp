#include "apps/hubwarden/identity_side.h"

#include <utility>

#include "apps/hubwarden/key_materials.h"
#include "apps/hubwarden/outbound_client.h"
#include "catalogue/operation_set.h"
#include "rules/grant.h"

namespace hubwarden::apps {
namespace {

constexpr std::string_view kSessionPurpose = "hubwarden: sessions";

}  // namespace

IdentitySide::Reached::Reached(config::Outbound outbound_, const Parts& parts)
    : outbound(std::move(outbound_)), client(client_options(outbound), parts.clock, executors(parts.loops)) {
}

IdentitySide::IdentitySide(const Parts& parts) : parts_(parts), budgets_(parts.budgets, parts.clock) {
}

IdentitySide::~IdentitySide() = default;

IdentitySide::Reached& IdentitySide::reached_by(const config::Outbound& outbound) {
  if (reached_.empty() || reached_.back()->outbound != outbound) {
    reached_.push_back(std::make_unique<Reached>(outbound, parts_));
  }
  return *reached_.back();
}

std::shared_ptr<auth::KeySource> IdentitySide::keys_of(const config::Issuer& issuer,
                                                       const config::Config& config) {
  const auto fixed = config.policy.keys.find(issuer.name);
  if (fixed != config.policy.keys.end()) return std::make_shared<auth::FixedKeys>(*fixed->second);
  Reached& reached = reached_by(config.outbound);
  std::shared_ptr<auth::IssuerKeys>& keys = reached.keys[{issuer.url, issuer.allow_private}];
  if (!keys) {
    const auth::IssuerKeys::Parts parts{parts_.clock, parts_.timers, reached.client, parts_.log};
    using Reach = auth::IssuerKeys::Reach;
    const Reach reach = issuer.allow_private ? Reach::kPrivateToo : Reach::kPublic;
    keys = std::make_shared<auth::IssuerKeys>(parts, issuer.url, reach);
  }
  return keys;
}

auth::AuthorityPtr IdentitySide::authority_of(const config::Config& config) {
  auto operations =
      std::make_shared<const catalogue::OperationSet>(catalogue::OperationSet::of(config.operations.allow));
  auto authority = std::make_shared<auth::Authority>(rules::Grant::of_operator(std::move(operations)));
  if (!config.policy.policy) return authority;
  authority->rules = config.policy.policy->rules;
  for (const config::Issuer& issuer : config.policy.policy->issuers) {
    auth::TrustedIssuer trusted(issuer.name, jwt::Expected(issuer.url, issuer.audience),
                                keys_of(issuer, config));
    trusted.may_repeat = issuer.may_repeat;
    authority->issuers.emplace(issuer.url, std::move(trusted));
  }
  for (const config::OperatorGroup& group : config.policy.policy->operators)
    authority->groups.emplace_back(group.name, group.issuer, group.groups);
  return authority;
}

Result<std::shared_ptr<auth::Sessions>> IdentitySide::sessions_of(const config::Config& config) {
  std::optional<auth::SessionTokens> tokens;
  if (config.policy.policy) {
    const Result<std::vector<Secret>> materials =
        key_materials(config.sessions.keys, config.apps, kSessionPurpose);
    if (!materials) return std::unexpected(materials.error());
    tokens.emplace(*materials);
  }
  const auth::Sessions::Parts parts{parts_.clock, parts_.random, parts_.used, parts_.revoked};
  return std::make_shared<auth::Sessions>(parts, authority_of(config), std::move(tokens));
}

net::Task<> IdentitySide::stop() {
  for (const std::unique_ptr<Reached>& reached : reached_) co_await reached->client.stop(kClientGrace);
}

}  // namespace hubwarden::apps
