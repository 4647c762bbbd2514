#pragma once

// GitHub's REST API as a function of its state: no sockets, no disk, no clock of its own.
//
//   Exchange exchange(std::move(call), clock.now());
//   api.route(exchange);
//   Step step = api.begin(exchange);                  // an answer, or what to read or write in a repository
//   Response answer = api.finish(exchange, std::move(std::get<Response>(step)));
//
// One thread. Fails closed: what no rule allows is a 404, as at GitHub.

#include "base/random.h"
#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

class Api {
 public:
  Api(State& state, Random& random) : state_(state), random_(random) {}

  // Which route it is; none stays none, and becomes a 404. Once, when the request arrives and has been
  // counted among those in flight.
  void route(Exchange& exchange);
  Step begin(Exchange& exchange);
  // Puts on what every answer carries (Date, limits, ids, ETag) and counts it.
  http::Response finish(Exchange& exchange, http::Response answer);
  // The answer of a fault; also finished by the above.
  http::Response faulty(const Exchange& exchange, const Fault& fault) const;

 private:
  using Refused = std::optional<http::Response>;

  static Refused check_form(Exchange& exchange);
  Refused identify(Exchange& exchange);
  Refused identify_app(Exchange& exchange, const Credentials& credentials);
  Refused identify_token(Exchange& exchange, const Credentials& credentials);
  void take_points(Exchange& exchange);
  Refused check_secondary(Exchange& exchange);
  Refused count(Exchange& exchange);
  static Refused check_caller(const Exchange& exchange);
  Refused find_repository(Exchange& exchange) const;
  Refused check_permissions(const Exchange& exchange) const;
  Refused check_account(const Exchange& exchange) const;
  Refused check_repository(const Exchange& exchange, const Repository& repository) const;
  http::Response primary_limit(const Exchange& exchange) const;
  // The answer of a fault that plays a limit.
  http::Response limited(const Exchange& exchange, const Fault& fault) const;
  http::Response moved(const Exchange& exchange, const Repository& repository) const;
  http::Response bad_login(Exchange& exchange, std::string_view message);
  // Whether it comes though its sender was told to wait.
  void check_patience(Exchange& exchange);
  // An answer that tells to wait closes a bucket.
  void close_bucket(const Exchange& exchange, const http::Response& answer);
  void add_limits(const Exchange& exchange, http::Response& answer) const;
  void add_validators(Exchange& exchange, http::Response& answer);

  State& state_;
  Random& random_;
};

}  // namespace hubwarden::sandbox
