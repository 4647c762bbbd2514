#pragma once

// Everything between hubwarden and GitHub, built from a configuration: the outbound client and, for each
// host, its Apps, clock, look-up and engine.
//
//   Result<std::unique_ptr<GitHubSide>> side = GitHubSide::make(config, parts);
//   (*side)->start();
//   (*side)->tokens().peek(…);
//   co_await (*side)->stop();

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/hubwarden/fleet_parts.h"
#include "base/error.h"
#include "base/random.h"
#include "config/config.h"
#include "delivery/operations/performer.h"
#include "delivery/revocation/holders.h"
#include "http/curl_client.h"
#include "ledger/ledger.h"
#include "net/loops.h"
#include "net/timers.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "tokens/examiner.h"
#include "tokens/service.h"
#include "tokens/stops.h"
#include "tokens/withdrawer.h"
#include "webhooks/intake.h"
#include "webhooks/poller.h"

namespace hubwarden::apps {

struct SideParts {
  const Clock& clock;
  net::Timers& timers;
  Random& random;
  net::Loops& loops;
  obs::Log& log;
  obs::Metrics& metrics;
  ledger::Ledger& ledger;
  const tokens::Stops& stops;
  FleetParts fleet;
};

// The host of those who name none: the first App's, and github.com without one. The static token is of it.
std::string usual_host(const config::Config& config);

class GitHubSide {
 public:
  // The error says which App's id, key or URL is wrong, never what is in the key.
  // `other` is for hosts without an App.
  static Result<std::unique_ptr<GitHubSide>> make(const config::Config& config, const SideParts& parts,
                                                  std::unique_ptr<tokens::OtherSource> other);
  ~GitHubSide();

  tokens::TokenService& tokens() { return *service_; }
  tokens::Examiner& examiner() { return examiner_; }
  webhooks::Intake& news() { return *news_; }
  // By the name that callers have for each host.
  std::map<std::string, delivery::OperationHost, std::less<>> operation_hosts();
  std::size_t cached_tokens() const;
  // What another replica has told.
  net::Task<> hear(fleet::News news);
  net::Task<> share_again();
  // Of all that it gave out, and what the shared tier knows of replicas that are gone; `in_hands` are those
  // that callers whom it is about have.
  net::Task<tokens::Withdrawn> withdraw(store::Revocation revocation,
                                        std::vector<tokens::HeldToken> in_hands);
  // Its successor, which may not reach all of its hosts, ends from now on what it has promised to end.
  void leave_ends_to(GitHubSide& successor);

  void start();
  // Lets mints that are under way land, and ends the tokens that nobody else would end.
  net::Task<> stop();

 private:
  class Host;
  Host* host_of(std::string_view name) const;

  GitHubSide(const config::Config& config, const SideParts& parts);
  Result<> add(const config::App& app, const github::RateOptions& rates);
  net::Task<tokens::Withdrawn> take_back(std::function<bool(const tokens::Scope&)> concerns,
                                         std::vector<tokens::HeldToken> in_hands);
  // What other replicas have handed out to whom it is about.
  net::Task<tokens::Withdrawn> take_back_noted(std::string holder, std::unordered_set<std::string> known);
  // What the shared tier has of what it is about.
  net::Task<tokens::Withdrawn> take_back_swept(tokens::Stop stop);

  SideParts parts_;
  http::CurlClient client_;
  std::vector<std::unique_ptr<Host>> hosts_;
  tokens::Examiner examiner_;
  std::unique_ptr<tokens::TokenService> service_;
  std::unique_ptr<webhooks::Intake> news_;
  std::vector<std::unique_ptr<webhooks::Poller>> pollers_;  // one for each App, when it is configured
};

}  // namespace hubwarden::apps
