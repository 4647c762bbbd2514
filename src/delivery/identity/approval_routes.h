#pragma once

// GET /v1/approvals, GET /v1/approvals/{id}, POST /v1/approvals/{id}:approve and :deny. For the operator's
// credential, for persons by their own JWT, and for sessions, which see their own. Source: docs/approvals.md.

#include <string_view>

#include "auth/approvals.h"
#include "auth/sessions.h"
#include "base/clock.h"
#include "delivery/gate.h"
#include "delivery/throttle.h"
#include "http/handler.h"

namespace hubwarden::delivery {

class ApprovalRoutes {
 public:
  // A reason and what is around it.
  static constexpr std::size_t kMaxBody = 8 * 1024;

  struct Parts {
    const Clock& clock;
    const Gate& gate;
    const auth::Sessions& sessions;
    auth::Approvals& approvals;
    Throttle& throttle;
  };

  // All of `parts` outlive it. `timeout`: of the question for an issuer's keys, too.
  ApprovalRoutes(Parts parts, Duration timeout) : parts_(parts), timeout_(timeout) {}

  http::Reply list(http::Request& request) { return list_them(request); }
  http::Reply get(http::Request& request, std::string_view id) { return get_it(request, std::string(id)); }
  http::Reply approve(http::Request& request, std::string_view id) {
    return decide_it(request, std::string(id), Verdict::kYes);
  }
  http::Reply deny(http::Request& request, std::string_view id) {
    return decide_it(request, std::string(id), Verdict::kNo);
  }

 private:
  enum class Verdict { kYes, kNo };

  http::Task<http::Response> list_them(http::Request& request);
  http::Task<http::Response> get_it(http::Request& request, std::string id);
  http::Task<http::Response> decide_it(http::Request& request, std::string id, Verdict verdict);
  http::Task<Result<auth::ApprovalReader>> who_asks(const http::Request& request) const;

  Parts parts_;
  Duration timeout_;
};

}  // namespace hubwarden::delivery
