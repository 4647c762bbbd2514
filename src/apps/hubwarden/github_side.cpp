#include "apps/hubwarden/github_side.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <iterator>
#include <unordered_set>

#include "apps/hubwarden/outbound_client.h"
#include "apps/hubwarden/telemetry.h"
#include "crypto/fingerprint.h"
#include "crypto/rsa_key.h"
#include "delivery/revocation/holder_names.h"
#include "github/api.h"
#include "tokens/app_upstream.h"
#include "tokens/ending_minter.h"
#include "tokens/token_ends.h"

namespace hubwarden::apps {
namespace {

tokens::EngineOptions engine_options(const config::Config& config) {
  tokens::EngineOptions options;
  options.thresholds.refresh_ahead = config.tokens.refresh_ahead;
  options.thresholds.refresh_before_use = config.tokens.refresh_before_use;
  options.thresholds.floor = config.tokens.floor;
  options.keep_warm = config.tokens.keep_warm;
  options.max_entries = config.tokens.max_entries;
  options.mint_timeout = config.outbound.request_timeout;
  return options;
}

std::unique_ptr<tokens::Fallback> fallback_of(const config::Config& config) {
  const config::Fallback& fallback = config.fallback;
  if (!fallback.token) return nullptr;
  tokens::TokenFacts facts;
  facts.source = tokens::TokenSource::kStatic;
  std::string fingerprint = crypto::fingerprint(*fallback.token).text();
  auto token =
      std::make_shared<const tokens::Token>(*fallback.token, std::move(fingerprint), std::move(facts));
  return std::make_unique<tokens::Fallback>(usual_host(config), std::move(token), fallback.repositories,
                                            fallback.allow_writes);
}

github::RateOptions rate_options(const config::Operations& operations, const FleetParts& fleet) {
  github::RateOptions options;
  options.replicas = fleet.replicas;
  options.max_in_flight = operations.in_flight;
  options.write_interval = operations.write_interval;
  options.max_wait = operations.max_wait;
  return options;
}

Error in_app(const config::App& app, const Error& error) {
  return Error(error.code(), "App '" + app.name + "': " + error.message()).with_fix(Fix::kOperator);
}

}  // namespace

std::string usual_host(const config::Config& config) {
  return config.apps.empty() ? github::Host::github_com().name() : config.apps.front().host.name();
}

// One GitHub host: its own time, its own Apps, its own tokens.
class GitHubSide::Host {
 public:
  Host(github::Host github, const SideParts& parts, http::Client& client, const github::RateOptions& rates)
      : github_(std::move(github)),
        parts_(parts),
        telemetry_(parts.clock, parts.ledger, parts.log, parts.metrics),
        clock_(parts.clock, [this](Duration by) { telemetry_.clock_corrected(by); }),
        upstream_(clock_),
        rest_(github_, client, clock_, parts.random),
        guard_({clock_, parts.timers, parts.metrics}, rates),
        ends_({clock_, parts.timers, parts.random, upstream_, parts.fleet.ends, telemetry_}, github_.name()),
        minter_(upstream_, ends_) {
    guard_.tell([this](const github::RateClosed& closed) { tell(closed); });
  }

  const std::string& name() const { return github_.name(); }
  const github::Host& github() const { return github_; }
  tokens::TokenEngine& engine() { return *engine_; }
  tokens::Lookup& lookup() { return *lookup_; }
  tokens::TokenEnds& ends() { return ends_; }
  tokens::Withdrawer& withdrawer() { return *withdrawer_; }
  github::RateGuard& guard() { return guard_; }
  delivery::OperationHost operations() { return {rest_, guard_}; }
  void tell(fleet::Change change) const { parts_.fleet.tell(clock_.now(), name(), std::move(change)); }

  void add(github::AppId id, crypto::RsaKey key, http::Client& client, tokens::Examiner& examiner) {
    const tokens::AppRef ref(name(), id.text());
    jwts_.push_back(std::make_unique<github::AppJwtCache>(std::move(id), std::move(key), clock_));
    apis_.push_back(std::make_unique<github::Api>(github_, client, *jwts_.back(), clock_, parts_.random));
    upstream_.add(ref, *apis_.back());
    examiner.add(ref, *apis_.back());
    refs_.push_back(ref);
  }

  // What asks for each App's failed deliveries.
  void add_pollers(webhooks::Intake& news, Duration every,
                   std::vector<std::unique_ptr<webhooks::Poller>>& pollers) {
    for (std::size_t i = 0; i < refs_.size(); ++i) {
      const webhooks::Poller::Parts parts{clock_, parts_.timers, *apis_[i], news, parts_.log, parts_.metrics};
      pollers.push_back(std::make_unique<webhooks::Poller>(parts, refs_[i], every));
    }
  }

  tokens::HostTokens assemble(const tokens::EngineOptions& options) {
    const tokens::Lookup::Parts lookup_parts{clock_, parts_.timers, parts_.random, upstream_,
                                             parts_.fleet.places};
    lookup_ = std::make_unique<tokens::Lookup>(lookup_parts, refs_, options.max_entries);
    const tokens::TokenEngine::Parts engine_parts{clock_,  parts_.timers,       parts_.random,
                                                  minter_, parts_.fleet.tokens, telemetry_};
    engine_ = std::make_unique<tokens::TokenEngine>(engine_parts, options);
    engine_->teach(lookup_->learner());
    const tokens::Withdrawer::Parts withdrawer_parts{clock_, parts_.timers, *engine_, ends_};
    withdrawer_ = std::make_unique<tokens::Withdrawer>(withdrawer_parts, refs_.front());
    engine_->heed(parts_.stops, [this](const tokens::Scope&, const tokens::TokenPtr& token) {
      withdrawer_->take_back(token, parts_.loops.next());
    });
    return {*lookup_, *engine_, upstream_};
  }

 private:
  github::Host github_;
  SideParts parts_;
  Telemetry telemetry_;
  github::ServerClock clock_;
  std::vector<std::unique_ptr<github::AppJwtCache>> jwts_;
  std::vector<std::unique_ptr<github::Api>> apis_;
  std::vector<tokens::AppRef> refs_;
  tokens::AppUpstream upstream_;
  github::Rest rest_;
  github::RateGuard guard_;
  tokens::TokenEnds ends_;
  tokens::EndingMinter minter_;
  std::unique_ptr<tokens::Lookup> lookup_;
  std::unique_ptr<tokens::TokenEngine> engine_;
  std::unique_ptr<tokens::Withdrawer> withdrawer_;
};

GitHubSide::GitHubSide(const config::Config& config, const SideParts& parts)
    : parts_(parts), client_(client_options(config.outbound), parts.clock, executors(parts.loops)) {
}

GitHubSide::~GitHubSide() = default;

Result<std::unique_ptr<GitHubSide>> GitHubSide::make(const config::Config& config, const SideParts& parts,
                                                     std::unique_ptr<tokens::OtherSource> other) {
  std::unique_ptr<GitHubSide> side(new GitHubSide(config, parts));
  for (const config::App& app : config.apps) {
    const Result<> added = side->add(app, rate_options(config.operations, parts.fleet));
    if (!added) return std::unexpected(added.error());
  }
  std::vector<tokens::HostTokens> hosts;
  for (const std::unique_ptr<Host>& host : side->hosts_)
    hosts.push_back(host->assemble(engine_options(config)));
  side->service_ = std::make_unique<tokens::TokenService>(parts.clock, parts.timers, hosts,
                                                          fallback_of(config), std::move(other));
  side->service_->heed(parts.stops);
  const auto tell = [side = side.get()](const std::string& host, const tokens::Touched& touched) {
    side->host_of(host)->tell(touched);
  };
  side->news_ = std::make_unique<webhooks::Intake>(*side->service_, parts.log, parts.metrics, tell);
  if (config.webhooks.poll_deliveries) {
    for (const std::unique_ptr<Host>& host : side->hosts_) {
      host->add_pollers(*side->news_, *config.webhooks.poll_deliveries, side->pollers_);
    }
  }
  return side;
}

Result<> GitHubSide::add(const config::App& app, const github::RateOptions& rates) {
  Result<github::AppId> id = github::AppId::parse(app.issuer);
  if (!id) return std::unexpected(in_app(app, id.error()));
  const Secret none;
  Result<crypto::RsaKey> key = crypto::RsaKey::from_pem(app.private_key ? *app.private_key : none);
  if (!key) return std::unexpected(in_app(app, key.error()));
  parts_.log.info("github.app_configured", {{"name", app.name},
                                            {"host", app.host.name()},
                                            {"app", app.issuer},
                                            {"key_fingerprint", key->fingerprint()}});

  auto host = std::ranges::find(hosts_, app.host.name(), [](const auto& each) { return each->name(); });
  if (host == hosts_.end()) {
    hosts_.push_back(std::make_unique<Host>(app.host, parts_, client_, rates));
    host = hosts_.end() - 1;
  } else if ((*host)->github() != app.host) {
    return fail(ErrorCode::kInvalidRequest,
                "App '" + app.name + "': host " + app.host.name() + " has two API URLs");
  }
  (*host)->add(std::move(*id), std::move(*key), client_, examiner_);
  return {};
}

std::map<std::string, delivery::OperationHost, std::less<>> GitHubSide::operation_hosts() {
  std::map<std::string, delivery::OperationHost, std::less<>> all;
  for (const std::unique_ptr<Host>& host : hosts_) all.emplace(host->name(), host->operations());
  return all;
}

std::size_t GitHubSide::cached_tokens() const {
  std::size_t sum = 0;
  for (const std::unique_ptr<Host>& host : hosts_) sum += host->engine().size();
  return sum;
}

GitHubSide::Host* GitHubSide::host_of(std::string_view name) const {
  const auto found = std::ranges::find(hosts_, name, [](const auto& each) { return each->name(); });
  return found == hosts_.end() ? nullptr : found->get();
}

net::Task<> GitHubSide::hear(fleet::News news) {
  const net::Executor here = co_await boost::asio::this_coro::executor;
  Host* const host = host_of(news.host);
  if (host == nullptr) co_return;  // of an App that only the other has
  if (const auto* const closed = std::get_if<github::RateClosed>(&news.change)) {
    host->guard().hear(*closed, here);
    co_return;
  }
  tokens::Touched touched = std::get<tokens::Touched>(std::move(news.change));
  net::Task<tokens::Forgotten> forgetting = service_->forget(std::move(news.host), std::move(touched));
  [[maybe_unused]] const tokens::Forgotten forgotten = co_await std::move(forgetting);
}

net::Task<> GitHubSide::share_again() {
  for (const std::unique_ptr<Host>& host : hosts_) {
    net::Task<> sharing = host->engine().share_again();
    co_await std::move(sharing);
    net::Task<> promising = host->ends().share_again();
    co_await std::move(promising);
  }
}

// What this replica knows first: the shared tier may hold much that is to be looked through.
net::Task<tokens::Withdrawn> GitHubSide::withdraw(store::Revocation revocation,
                                                  std::vector<tokens::HeldToken> in_hands) {
  const std::optional<tokens::Stop> stop = tokens::Stop::of(revocation);
  const std::optional<std::string> holder = delivery::holder_name(revocation);
  std::unordered_set<std::string> known;
  for (const tokens::HeldToken& each : in_hands) known.insert(each.token->fingerprint());
  const auto concerns = [&stop](const tokens::Scope& scope) { return stop && stop->covers(scope); };
  net::Task<tokens::Withdrawn> taking = take_back(concerns, std::move(in_hands));
  tokens::Withdrawn all = co_await std::move(taking);
  if (holder) {
    net::Task<tokens::Withdrawn> noted = take_back_noted(*holder, std::move(known));
    tokens::Withdrawn of_others = co_await std::move(noted);
    all += std::move(of_others);
  }
  if (stop) {
    net::Task<tokens::Withdrawn> swept = take_back_swept(*stop);
    tokens::Withdrawn of_gone = co_await std::move(swept);
    all += std::move(of_gone);
  }
  co_return all;
}

net::Task<tokens::Withdrawn> GitHubSide::take_back_noted(std::string holder,
                                                         std::unordered_set<std::string> known) {
  tokens::Swept noted;
  for (const std::unique_ptr<Host>& host : hosts_) {
    net::Task<tokens::Swept> looking = parts_.fleet.holdings.of(host->name(), holder);
    tokens::Swept found = co_await std::move(looking);
    noted += std::move(found);
  }
  std::erase_if(noted.taken, [&known](const tokens::HeldToken& each) {
    return known.contains(each.token->fingerprint());
  });
  const auto nothing = [](const tokens::Scope&) { return false; };
  net::Task<tokens::Withdrawn> taking = take_back(nothing, noted.taken);
  tokens::Withdrawn all = co_await std::move(taking);
  std::ranges::move(tokens::left_over_of(noted, parts_.clock.now()), std::back_inserter(all.left_over));
  co_return all;
}

net::Task<tokens::Withdrawn> GitHubSide::take_back_swept(tokens::Stop stop) {
  const auto concerns = [&stop](const tokens::Scope& scope) { return stop.covers(scope); };
  net::Task<tokens::Swept> sweeping = parts_.fleet.sweep.sweep(concerns);
  const tokens::Swept swept = co_await std::move(sweeping);
  const auto nothing = [](const tokens::Scope&) { return false; };
  net::Task<tokens::Withdrawn> taking = take_back(nothing, swept.taken);
  tokens::Withdrawn all = co_await std::move(taking);
  std::ranges::move(tokens::left_over_of(swept, parts_.clock.now()), std::back_inserter(all.left_over));
  co_return all;
}

net::Task<tokens::Withdrawn> GitHubSide::take_back(std::function<bool(const tokens::Scope&)> concerns,
                                                   std::vector<tokens::HeldToken> in_hands) {
  tokens::Withdrawn all;
  for (const std::unique_ptr<Host>& host : hosts_) {
    std::vector<tokens::TokenPtr> held;
    for (const tokens::HeldToken& each : in_hands) {
      if (each.host == host->name()) held.push_back(each.token);
    }
    net::Task<tokens::Withdrawn> withdrawing = host->withdrawer().withdraw(concerns, std::move(held));
    tokens::Withdrawn withdrawn = co_await std::move(withdrawing);
    all += std::move(withdrawn);
  }
  for (const tokens::HeldToken& each : in_hands) {
    if (host_of(each.host) != nullptr) continue;
    all.left_over.emplace_back(each.token->fingerprint(), each.token->expires_at(),
                               "no App is configured for " + each.host + " to take it back");
  }
  co_return all;
}

void GitHubSide::leave_ends_to(GitHubSide& successor) {
  for (const std::unique_ptr<Host>& host : hosts_) {
    Host* const same = successor.host_of(host->name());
    if (same != nullptr) host->ends().leave_to(same->ends());
  }
}

void GitHubSide::start() {
  for (const std::unique_ptr<Host>& host : hosts_) {
    net::spawn(parts_.loops.next(), host->engine().keep_warm(),
               [this](std::exception_ptr) { parts_.log.error("github.keep_warm_ended", {}); });
    net::spawn(parts_.loops.next(), host->ends().run(),
               [this](std::exception_ptr) { parts_.log.error("github.token_ends_ended", {}); });
  }
  for (const std::unique_ptr<webhooks::Poller>& poller : pollers_) {
    net::spawn(parts_.loops.next(), poller->run(),
               [this](std::exception_ptr) { parts_.log.error("github.webhook_poll_ended", {}); });
  }
}

net::Task<> GitHubSide::stop() {
  for (const std::unique_ptr<webhooks::Poller>& poller : pollers_) co_await poller->stop();
  for (const std::unique_ptr<Host>& host : hosts_) {
    co_await host->guard().stop();
    co_await host->engine().stop();
    co_await host->ends().stop();
    co_await host->lookup().stop();
  }
  co_await client_.stop(kClientGrace);
}

}  // namespace hubwarden::apps
