#pragma once

// Acts on GitHub for a caller: mints the least that the operation needs, asks, and gives GitHub's answer, or
// why there is none. The caller never sees the token.
//
//   Result<Performed> done = co_await performer.perform(call, asker, fields, context);
//   if (!done) co_return error_answer(done.error(), request.id());
//   response.body() = std::move(done->body);             // streamed: dropping it ends the transfer
//
// The call has been authorised and its budget taken. It is asked with one of the catalogue's alternatives of
// permissions, the first that the App has; a refusal that may be cured is, within the deadline (attempts.h);
// nothing is sent that GitHub's limits would refuse (github/rate_guard.h). Redirects: within the API to the
// same operation on the same repository, by its number; to other hosts without a credential, and only to
// those that are configured. Thread-safe; a call resumes on its caller's loop.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "delivery/operations/attempts.h"
#include "delivery/operations/links.h"
#include "delivery/operations/operation_call.h"
#include "github/rate_guard.h"
#include "github/rest.h"
#include "http/call_context.h"
#include "net/timers.h"
#include "tokens/service.h"

namespace hubwarden::delivery {

// What works for one GitHub host. All of it outlives the performer.
struct OperationHost {
  OperationHost(github::Rest& rest_, github::RateGuard& guard_) : rest(rest_), guard(guard_) {}
  github::Rest& rest;
  github::RateGuard& guard;
};

// For whom.
struct Asker {
  Asker(std::string host_, std::string key_) : host(std::move(host_)), key(std::move(key_)) {}

  std::string host;  // "github.com"
  std::string key;   // whose turn it is among those who wait
  bool is_background = false;
  // The token that is minted has no more than this; nothing: no limit.
  std::optional<policy::PermissionSet> most;
  // Asked when its turn has come, before anything is sent.
  std::function<Result<>()> may_go_on = [] { return Result<>(); };
};

// GitHub's answer, a success.
struct Performed {
  Performed() = default;

  int status = 0;
  http::Fields fields;                     // those that callers are to have, links rewritten
  std::unique_ptr<http::BodySource> body;  // null for none
};

class Performer {
 public:
  struct Parts {
    const Clock& clock;
    net::Timers& timers;
    Random& random;
    tokens::TokenService& tokens;
  };
  // `redirect_hosts`: where GitHub may point to, "codeload.github.com" or "*.githubusercontent.com".
  Performer(Parts parts, std::map<std::string, OperationHost, std::less<>> hosts,
            std::vector<std::string> redirect_hosts);

  // The call and the fields outlive the task. `fields`: what of the caller's own goes to GitHub
  // (If-None-Match, Accept). Of a write, Error::never_sent() says that GitHub certainly never got it.
  net::Task<Result<Performed>> perform(const OperationCall& call, Asker asker, const http::Fields& fields,
                                       http::CallContext context);

 private:
  class Journey;

  Parts parts_;
  std::map<std::string, OperationHost, std::less<>> hosts_;
  std::vector<std::string> redirect_hosts_;
};

}  // namespace hubwarden::delivery
