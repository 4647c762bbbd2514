#pragma once

// The keys of one issuer: asked for when they are needed first, kept, and asked for again when they are old
// or a token names one that is not among them. While the issuer is away the old ones go on.
//
//   auto keys = std::make_shared<IssuerKeys>(parts, "https://token.actions.githubusercontent.com");
//   Result<KeySetPtr> now = co_await keys->for_token(*raw, deadline);
//
// Whoever shows a token with an unknown key makes hubwarden ask; how often is bounded. What an issuer says of
// where its keys are is not to lead into the own network: by https alone, without redirects, and to public
// addresses alone unless the policy lets this issuer be elsewhere. Threads: any; resumes on the caller's
// loop.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/key_source.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "base/single_flight.h"
#include "http/client.h"
#include "net/timers.h"
#include "obs/log.h"

namespace hubwarden::auth {

class IssuerKeys final : public KeySource, public std::enable_shared_from_this<IssuerKeys> {
 public:
  struct Parts {
    const Clock& clock;
    net::Timers& timers;
    http::Client& client;
    obs::Log& log;
  };

  // Where the issuer may be, and its keys.
  enum class Reach { kPublic, kPrivateToo };

  // All of `parts` outlive it and what it has asked.
  IssuerKeys(Parts parts, std::string issuer, Reach reach = Reach::kPublic)
      : parts_(parts), issuer_(std::move(issuer)), reach_(reach) {}

  // Those that are known, if the token's key is among them; else after having asked, if it is time. That a
  // key is still not among them is for the verification to say. `upstream_unavailable` when there are none at
  // all.
  net::Task<Result<KeySetPtr>> for_token(const jwt::RawJwt& raw, SteadyPoint deadline) override;

  static constexpr Duration kFresh = std::chrono::hours(1);
  // So long after they were had last they are used while the issuer cannot be asked.
  static constexpr Duration kStale = std::chrono::hours(24);
  // Between two questions, whoever makes them necessary.
  static constexpr Duration kPause = std::chrono::seconds(30);
  static constexpr Duration kTimeout = std::chrono::seconds(5);  // of both requests together

 private:
  struct State {
    KeySetPtr keys;  // null: none yet
    SteadyPoint had_at{};
    SteadyPoint not_before{};      // the next question
    std::optional<Error> failure;  // of the last one
  };
  using Outcome = Result<KeySetPtr>;

  net::Task<Outcome> ask(SteadyPoint deadline);
  static net::Task<> fly(std::shared_ptr<IssuerKeys> self);
  net::Task<Outcome> fetch();
  net::Task<Result<std::string>> get(std::string url, std::size_t max_body, SteadyPoint deadline);
  void settle(const Outcome& outcome);

  Parts parts_;
  const std::string issuer_;
  const Reach reach_;
  Guarded<State> state_;
  SingleFlight<Outcome> flights_;
};

}  // namespace hubwarden::auth
