#include "delivery/operations/performer.h"

#include "delivery/operations/journey.h"

namespace hubwarden::delivery {

Performer::Performer(Parts parts, std::map<std::string, OperationHost, std::less<>> hosts,
                     std::vector<std::string> redirect_hosts)
    : parts_(parts), hosts_(std::move(hosts)), redirect_hosts_(std::move(redirect_hosts)) {
}

net::Task<Result<Performed>> Performer::perform(const OperationCall& call, Asker asker,
                                                const http::Fields& fields, http::CallContext context) {
  const auto host = hosts_.find(asker.host);
  if (host == hosts_.end()) {
    co_return fail(ErrorCode::kNotConfigured, "no GitHub App is configured for " + asker.host);
  }
  std::optional<Error> refused;
  for (const policy::PermissionSet& scope : call.operation().scopes()) {
    if (asker.most && !asker.most->covers(scope)) continue;
    Journey journey(parts_, host->second, redirect_hosts_, call, asker, scope, context);
    Result<Performed> done = co_await journey.go(fields);
    if (done || done.error().code() != ErrorCode::kPermissionNotGranted) co_return done;
    if (!refused) refused = done.error();
  }
  Error none(ErrorCode::kPermissionNotGranted,
             "the App's installation lacks what " + std::string(call.operation().id()) +
                 " needs: " + std::string(call.operation().permissions_text()));
  if (!refused) co_return std::unexpected(std::move(none));  // the ceiling leaves none of them
  co_return std::unexpected(std::move(none)
                                .with_detail(refused->detail())
                                .with_upstream_status(refused->upstream_status().value_or(403)));
}

}  // namespace hubwarden::delivery
