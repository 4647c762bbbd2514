#include "apps/hubwarden/telemetry.h"

#include "tokens/failure.h"

namespace hubwarden::apps {
namespace {

std::vector<std::string> all_error_codes() {
  std::vector<std::string> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    names.emplace_back(to_string(static_cast<ErrorCode>(code)));
  }
  return names;
}

}  // namespace

Telemetry::Telemetry(const Clock& clock, ledger::Ledger& ledger, obs::Log& log, obs::Metrics& metrics)
    : clock_(clock),
      ledger_(ledger),
      log_(log),
      mints_(metrics.counter("hubwarden_mints_total", "Tokens minted at GitHub")),
      failures_(metrics.counters("hubwarden_mint_failures_total", "Mints that failed, by what may be done",
                                 {{"kind", {"transient", "rate_limited", "permanent"}}})),
      errors_(metrics.counters("hubwarden_mint_errors_total", "Mints that failed, by error code",
                               {{"error", all_error_codes()}})),
      duration_(metrics.histogram("hubwarden_mint_seconds", "How long a mint took", obs::latency_bounds())),
      stale_(metrics.counter("hubwarden_stale_tokens_total", "Valid tokens served though a refresh was due")),
      forgotten_(metrics.counter("hubwarden_forgotten_tokens_total", "Tokens dropped before their end")),
      ends_(metrics.counters("hubwarden_token_ends_total",
                             "Tokens whose time was over, by what came of revoking them",
                             {{"outcome", {"revoked", "failed", "given_up"}}})),
      corrections_(
          metrics.counter("hubwarden_github_clock_corrections_total",
                          "Times that this machine's clock and GitHub's were seen to part by seconds")) {
}

void Telemetry::minted(const tokens::Scope& scope, const tokens::Token& token, Duration took) {
  mints_.add();
  duration_.observe(took);
  const std::string covers = token.scope_text();
  log_.info("github.token_minted", {{"fingerprint", token.fingerprint()},
                                    {"scope", std::string_view(covers)},
                                    {"host", scope.app().host()},
                                    {"installation", scope.installation().value()},
                                    {"expires_at", token.expires_at()},
                                    {"took", took}});
  ledger::Event event(ledger::EventKind::kMint, clock_.now(), ledger::Actor(ledger::ActorKind::kHubwarden));
  event.fingerprint = crypto::Fingerprint::parse(token.fingerprint());
  event.duration = took;
  record(scope, std::move(event));
}

// What was asked for.
void Telemetry::record(const tokens::Scope& scope, ledger::Event event) const {
  const std::vector<tokens::RepositoryRef>& chosen = scope.repositories().chosen();
  if (chosen.size() == 1) event.repository = chosen.front().name();
  event.permissions = scope.permissions().set();
  ledger_.record(std::move(event));
}

void Telemetry::mint_failed(const tokens::Scope& scope, const Error& error) {
  failures_.at(tokens::kind_of(error.code())).add();
  errors_.at(error.code()).add();
  log_.warning("github.mint_failed", {{"error", to_string(error.code())},
                                      {"message", error.message()},
                                      {"detail", error.detail()},
                                      {"host", scope.app().host()},
                                      {"installation", scope.installation().value()}});
  ledger::Event event(ledger::EventKind::kMint, clock_.now(), ledger::Actor(ledger::ActorKind::kHubwarden));
  event.error = error.code();
  record(scope, std::move(event));
}

void Telemetry::served_stale(const tokens::Scope&, const tokens::Token& token) {
  stale_.add();
  log_.warning("github.token_served_stale",
               {{"fingerprint", token.fingerprint()}, {"expires_at", token.expires_at()}});
}

void Telemetry::forgotten(const tokens::Scope&, const tokens::Token& token) {
  forgotten_.add();
  log_.info("github.token_forgotten", {{"fingerprint", token.fingerprint()}});
}

void Telemetry::ended(const tokens::Ending& ending) {
  ends_.at(End::kRevoked).add();
  log_.info("github.token_ended", {{"fingerprint", std::string_view(ending.fingerprint)},
                                   {"host", ending.app.host()},
                                   {"due", ending.due}});
  record(ending, std::nullopt);
}

void Telemetry::end_failed(const tokens::Ending& ending, const Error& error) {
  ends_.at(End::kFailed).add();
  log_.warning("github.token_end_failed", {{"fingerprint", std::string_view(ending.fingerprint)},
                                           {"host", ending.app.host()},
                                           {"error", to_string(error.code())},
                                           {"message", error.message()}});
}

void Telemetry::end_given_up(const tokens::Ending& ending) {
  ends_.at(End::kGivenUp).add();
  log_.error("github.token_not_ended", {{"fingerprint", std::string_view(ending.fingerprint)},
                                        {"host", ending.app.host()},
                                        {"lives_until", ending.dead_at}});
  record(ending, ErrorCode::kUpstreamUnavailable);
}

void Telemetry::record(const tokens::Ending& ending, std::optional<ErrorCode> error) const {
  ledger::Event event(ledger::EventKind::kRevocation, clock_.now(),
                      ledger::Actor(ledger::ActorKind::kHubwarden));
  event.fingerprint = crypto::Fingerprint::parse(ending.fingerprint);
  event.error = error;
  event.about = "the end of its rule's ttl";
  ledger_.record(std::move(event));
}

void Telemetry::clock_corrected(Duration by) {
  corrections_.add();
  log_.warning("github.clock_corrected", {{"by", by}});
}

}  // namespace hubwarden::apps
