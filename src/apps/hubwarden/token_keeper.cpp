#include "apps/hubwarden/token_keeper.h"

#include <cstdio>

#include "apps/git-credential-hubwarden/broker.h"
#include "base/text.h"

namespace hubwarden::apps {
namespace {

using git_credential::RemoteBroker;
using git_credential::Token;

// Of one question; the end of the command waits for it.
constexpr std::chrono::seconds kPatience(5);
constexpr std::size_t kMaxComplaint = 600;

}  // namespace

TokenKeeper::TokenKeeper(git_credential::Question question, const git_credential::Settings& settings,
                         git_credential::Bearer& bearer, TokenFile file, std::optional<TimePoint> expires_at)
    : question_(std::move(question)),
      settings_(settings),
      bearer_(bearer),
      file_(std::move(file)),
      plan_(expires_at, clock_.now()),
      thread_([this](const std::stop_token& stopping) { run(stopping); }) {
}

TokenKeeper::~TokenKeeper() {
  stop();
}

void TokenKeeper::stop() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  file_.reset();
}

void TokenKeeper::run(const std::stop_token& stopping) {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, stopping, plan_.pause(), [&stopping] { return stopping.stop_requested(); })) {
    renew();
  }
}

void TokenKeeper::renew() {
  bearer_.read_again();
  RemoteBroker broker(settings_, bearer_, clock_);
  const Result<Token> token = broker.ask(question_, clock_.steady_now() + kPatience);
  const Result<> kept = token ? file_->replace(token->value) : std::unexpected(token.error());
  if (kept) {
    plan_.renewed(token->expires_at, clock_.now());
    has_complained_ = false;
    return;
  }
  plan_.failed(clock_.now());
  complain_once(kept.error());
  if (plan_.is_over(clock_.now())) file_->clear();
}

void TokenKeeper::complain_once(const Error& error) {
  if (has_complained_) return;
  has_complained_ = true;
  std::fprintf(stderr, "hubwarden exec: no new token yet: %s\n",
               printable(error.message(), kMaxComplaint).c_str());
}

}  // namespace hubwarden::apps
