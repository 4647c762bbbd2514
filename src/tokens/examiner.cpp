#include "tokens/examiner.h"

namespace hubwarden::tokens {

net::Task<Sights> Examiner::look_with(github::Api& api, policy::Repository repository,
                                      http::CallContext context) {
  Sights sights;
  const Result<github::AppDocument> app = co_await api.app(context);
  sights.skew = api.clock().skew();
  if (!app) {
    sights.app.emplace(std::unexpected(app.error()));
    co_return sights;
  }
  sights.app.emplace();
  Result<github::Installation> found = co_await api.find_installation(std::move(repository), context);
  sights.installation.emplace(std::move(found));
  co_return sights;
}

net::Task<Sights> Examiner::look(std::string host, policy::Repository repository, http::CallContext context) {
  Sights best;
  const Error none(ErrorCode::kNotConfigured, "no GitHub App is configured for " + host);
  best.app.emplace(std::unexpected(none));
  bool is_first = true;
  for (const auto& [app, api] : apps_) {
    if (app.host() != host) continue;
    Sights sights = co_await look_with(api, repository, context);
    const bool is_installed = sights.installation && *sights.installation;
    if (is_first || sights.progress() > best.progress()) best = std::move(sights);
    is_first = false;
    if (is_installed) break;
  }
  co_return best;
}

}  // namespace hubwarden::tokens
