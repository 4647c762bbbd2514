#pragma once

// Keeps a token file fresh while a command runs, on a thread of its own.
//
//   TokenKeeper keeper(question, settings, bearer, std::move(file), token.expires_at);
//   …                                  // the command runs
//   keeper.stop();                     // and the file is gone

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "apps/git-credential-hubwarden/bearer.h"
#include "apps/git-credential-hubwarden/question.h"
#include "apps/git-credential-hubwarden/settings.h"
#include "apps/hubwarden/refresh_plan.h"
#include "apps/hubwarden/token_file.h"

namespace hubwarden::apps {

class TokenKeeper {
 public:
  // `settings` and `bearer` outlive it, and the bearer is its alone. The file holds a token until
  // `expires_at`.
  TokenKeeper(git_credential::Question question, const git_credential::Settings& settings,
              git_credential::Bearer& bearer, TokenFile file, std::optional<TimePoint> expires_at);
  ~TokenKeeper();

  // Waits for the question under way, some seconds at most, and removes the file.
  void stop();

 private:
  void run(const std::stop_token& stopping);
  void renew();
  void complain_once(const Error& error);

  const git_credential::Question question_;
  const git_credential::Settings& settings_;
  git_credential::Bearer& bearer_;
  std::optional<TokenFile> file_;
  const SystemClock clock_;
  RefreshPlan plan_;
  bool has_complained_ = false;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace hubwarden::apps
