#pragma once

// Looks at what a token for a repository depends on, by asking GitHub as the App: the App itself, then its
// installation. Costs two requests for each App that is asked, none against an installation's limit; nothing
// is cached.
//
//   Examiner examiner;
//   examiner.add(AppRef("github.com", "123456"), api);   // all of them before the first question
//   Sights sights = co_await examiner.look("github.com", repository, deadline);
//
// Thread-safe once it is filled. The Apis outlive it.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "github/api.h"
#include "tokens/diagnosis.h"
#include "tokens/scope.h"

namespace hubwarden::tokens {

class Examiner {
 public:
  void add(AppRef app, github::Api& api) { apps_.emplace_back(std::move(app), api); }

  // Of the host's Apps in order, the first that is installed on the repository; without one, the App that
  // came furthest. Without any App, `app` says so. The mint is not tried.
  net::Task<Sights> look(std::string host, policy::Repository repository, http::CallContext context);

 private:
  static net::Task<Sights> look_with(github::Api& api, policy::Repository repository,
                                     http::CallContext context);

  std::vector<std::pair<AppRef, std::reference_wrapper<github::Api>>> apps_;
};

}  // namespace hubwarden::tokens
