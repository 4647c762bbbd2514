#pragma once

// /admin/revocations: what an operator has stopped; and by which sessions and grants give themselves back,
// POST /v1/sessions/{id}:revoke and POST /v1/grants/{id}:revoke. Source: docs/revocation.md.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/revocations.h"
#include "base/clock.h"
#include "delivery/gate.h"
#include "delivery/recorder.h"
#include "delivery/revocation/revocation_json.h"
#include "delivery/revocation/withdrawals.h"
#include "http/handler.h"
#include "obs/log.h"
#include "tokens/service.h"

namespace hubwarden::delivery {

class RevocationRoutes {
 public:
  struct Parts {
    const Clock& clock;
    const Gate& gate;
    auth::Revocations& revocations;
    Withdrawals& withdrawals;
    tokens::TokenService& tokens;
    const Recorder& recorder;
    obs::Log& log;
    std::function<std::size_t()> replicas;  // of the fleet, as far as they are known
  };

  // All of `parts` outlive it.
  RevocationRoutes(Parts parts, std::string usual_host, std::vector<NamedApp> apps)
      : parts_(parts), usual_host_(std::move(usual_host)), apps_(std::move(apps)) {}

  // Answers when this replica has done its part, or after kPatience.
  http::Reply revoke(http::Request& request);
  http::Reply list(http::Request& request);
  http::Reply get(http::Request& request, std::string_view id);
  http::Reply lift(http::Request& request, std::string_view id);
  // By its own holder alone.
  http::Reply give_back_session(http::Request& request, std::string_view id);
  // By whoever holds it, or what it was cut from.
  http::Reply take_back_grant(http::Request& request, std::string_view id);

  static constexpr std::chrono::seconds kPatience{10};

 private:
  http::Task<http::Response> revoke_it(http::Request& request);
  http::Task<http::Response> list_them(http::Request& request, auth::RevocationPageRequest page);
  http::Task<http::Response> get_it(http::Request& request, store::RevocationId id);
  http::Task<http::Response> lift_it(http::Request& request, store::RevocationId id);
  http::Task<http::Response> give_back(http::Request& request, auth::SessionPtr who);
  http::Task<http::Response> take_back(http::Request& request, auth::SessionPtr who, auth::CutId grant);
  http::Task<Result<boost::json::object>> told_of(store::Revocation revocation);
  void log(const http::Request& request, std::string_view change, const store::Revocation& revocation) const;
  void tell(const http::Request& request, std::string_view change, const store::Revocation& revocation) const;
  void tell(const http::Request& request, const auth::Principal& who,
            const store::Revocation& revocation) const;

  Parts parts_;
  const std::string usual_host_;
  const std::vector<NamedApp> apps_;
};

}  // namespace hubwarden::delivery
