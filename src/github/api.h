#pragma once

// GitHub, asked by the App: where am I installed, mint a token, take it back.
//
//   Api api(host, client, jwt, clock, random);
//   Result<Installation> there = co_await api.find_installation(repository, deadline);
//   MintRequest request(there->id, ids, permissions);
//   Result<MintedToken> minted = co_await api.mint(std::move(request), deadline);
//
// Stateless but for the JWT cache and the clock, which are thread-safe: call it from any loop. What is given
// to the constructor outlives it, and it outlives its tasks. It retries one thing: a JWT that GitHub refuses
// for its times is signed again by GitHub's `Date`, once. (The client may repeat a mint over a dead
// connection.) It caches nothing and waits for nothing; that is the engine's.
//
// Errors are those of http::Client and of classify() (answers.h). Redirects (301, 307, 308) are followed for
// GET, at most kMaxRedirects, and never away from the host; nothing else ever follows one. What is asked
// within a trace says so (`traceparent`), each request under an id of its own.

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/secret.h"
#include "github/answers.h"
#include "github/app_jwt.h"
#include "github/deliveries.h"
#include "github/documents.h"
#include "github/host.h"
#include "github/mint.h"
#include "github/server_clock.h"
#include "http/call_context.h"
#include "http/client.h"
#include "net/task.h"
#include "policy/names.h"

namespace hubwarden::github {

using http::CallContext;
using net::Task;

class Api {
 public:
  Api(Host host, http::Client& client, AppJwtCache& jwt, ServerClock& clock, Random& random);

  const Host& host() const { return host_; }
  const ServerClock& clock() const { return clock_; }

  // A token that is wider than asked, or otherwise not to be trusted, is revoked before this returns
  // `upstream_protocol`, for which it may take kRevokeTime beyond the deadline.
  Task<Result<MintedToken>> mint(MintRequest request, CallContext context);

  // `app_not_installed` when the App is not there. A suspended installation is a success with `suspended_at`.
  // For a former name GitHub redirects to the repository's number: `moved_to`; any other redirect is
  // `upstream_protocol`.
  Task<Result<Installation>> find_installation(policy::Repository repository, CallContext context);
  // An organisation is looked for first, then a user.
  Task<Result<Installation>> find_installation(policy::Owner owner, CallContext context);
  Task<Result<Installation>> find_installation(InstallationId id, CallContext context);

  // The repository's number, with the least rights: a mint of `metadata:read` narrowed to the repository's
  // name names it in its answer. One request with the App's JWT, none against the installation's rate limit,
  // no other repository touched, and a former name is refused (`app_not_installed`) instead of followed. The
  // token itself is dropped unused. Whoever is about to mint for that one repository anyway asks for
  // RepositoryNames instead and finds the number in the answer.
  Task<Result<RepositoryId>> repository_id(InstallationId installation, policy::Repository repository,
                                           CallContext context);

  // The repository as a token sees it; needs `metadata:read`. Follows a rename: compare the name.
  Task<Result<RepositoryDocument>> repository(policy::Repository repository, Secret token,
                                              CallContext context);

  // Whether GitHub still takes this token, whatever it may do. Costs nothing of the primary rate limit.
  Task<Result<bool>> is_alive(Secret token, CallContext context);

  // Success also for a token that GitHub does not know any more.
  Task<Result<>> revoke(Secret token, CallContext context);

  // The App itself: that its id and key belong together.
  Task<Result<AppDocument>> app(CallContext context);

  // Deliveries of the App's webhook that failed, the newest first, a page at a time. `cursor` is the `next`
  // of the page before; empty for the first. An Enterprise Server that does not know the filter gives all of
  // them.
  Task<Result<DeliveryPage>> failed_deliveries(std::string cursor, SteadyPoint deadline);
  // What one of them said. `not_found` when GitHub does not keep it any more.
  Task<Result<Webhook>> delivery(DeliveryItem item, SteadyPoint deadline);

  static constexpr int kMaxRedirects = 3;
  static constexpr std::size_t kMaxDocument = 1 << 20;    // an installation is 5 KiB, a repository 8 KiB
  static constexpr std::size_t kMaxMintAnswer = 8 << 20;  // 500 repositories make about 3 MB
  // GitHub sends payloads up to 25 MB; with its frame.
  static constexpr std::size_t kMaxDelivery = 28 << 20;
  static constexpr int kDeliveriesPerPage = 100;  // GitHub's most
  static constexpr std::chrono::seconds kRevokeTime = std::chrono::seconds(5);

 private:
  struct Call;
  struct Exchange;

  http::ClientRequest request_for(const Call& call, const std::string& url, const Secret& credential) const;
  std::optional<std::string> next_hop(const Call& call, const std::string& url,
                                      const http::ClientResponse& response) const;
  Result<> judge(const Call& call, const Exchange& exchange) const;
  // One request with its redirects; every status is a success here.
  Task<Result<Exchange>> exchange(const Call& call, const Secret& credential);
  // The same with the App's JWT; only what GitHub calls a success is one.
  Task<Result<Exchange>> as_app(const Call& call);
  Task<Result<Installation>> look_up(std::string path, CallContext context);

  const Host host_;
  http::Client& client_;
  AppJwtCache& jwt_;
  ServerClock& clock_;
  Random& random_;
};

}  // namespace hubwarden::github
