#pragma once

// A token that hubwarden itself ends, by taking it back at GitHub. Source: docs/tokens.md, "A token's own
// end".

#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "http/call_context.h"
#include "net/task.h"
#include "tokens/scope.h"

namespace hubwarden::tokens {

struct Ending {
  Ending(AppRef app_, Secret token_, std::string fingerprint_, TimePoint due_, TimePoint dead_at_)
      : app(std::move(app_)),
        token(std::move(token_)),
        fingerprint(std::move(fingerprint_)),
        due(due_),
        dead_at(dead_at_) {}

  AppRef app;
  Secret token;
  std::string fingerprint;
  TimePoint due;      // what its holders were told
  TimePoint dead_at;  // GitHub's own end of it: nothing is left to do then
};

// Immutable; a hundred thousand wait at a time, and each is in one list or on its way to GitHub.
using EndingPtr = std::shared_ptr<const Ending>;

// GitHub, told that a token is not to be taken any more.
class Revoker {
 public:
  virtual ~Revoker() = default;
  // Success also for a token that GitHub does not know any more.
  virtual net::Task<Result<>> revoke(AppRef app, Secret token, http::CallContext context) = 0;
};

// What became of them. Called from any loop; must not wait.
class EndEvents {
 public:
  virtual ~EndEvents() = default;
  virtual void ended(const Ending&) {}
  // It is tried again.
  virtual void end_failed(const Ending&, const Error&) {}
  // It lives until GitHub's own end.
  virtual void end_given_up(const Ending&) {}
};

}  // namespace hubwarden::tokens
