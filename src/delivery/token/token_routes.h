#pragma once

// GET …/github-installation-token and POST …/rejected, for the operator, for workspaces, and for sessions and
// handles.
// Source: docs/http-api.md, "Handing out tokens".

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/rule_budgets.h"
#include "base/clock.h"
#include "delivery/gate.h"
#include "delivery/recorder.h"
#include "delivery/revocation/holders.h"
#include "delivery/token/report_limit.h"
#include "delivery/token/token_query.h"
#include "delivery/trial.h"
#include "http/call_context.h"
#include "http/handler.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "tokens/service.h"

namespace hubwarden::delivery {

struct TokenDefaults {
  std::string host = "github.com";  // of queries that name none
  std::optional<policy::PermissionSet>
      permissions;                             // of the operator's tokens; nothing: all that the App has
  std::optional<InstallationId> installation;  // of the operator's query without a repository
  Duration timeout = std::chrono::seconds(25);
};

class TokenRoutes {
 public:
  struct Parts {
    const Clock& clock;
    const Gate& gate;
    tokens::TokenService& service;
    auth::RuleBudgets& budgets;
    Holders& holders;
    const Recorder& recorder;
    obs::Log& log;
    obs::Metrics& metrics;
    Trial* trial = nullptr;  // of another policy, if there is one
  };

  TokenRoutes(Parts parts, TokenDefaults defaults);

  http::Reply get_for_admin(http::Request& request);
  http::Reply get_for_workspace(http::Request& request, std::string_view id);
  http::Reply get_for_session(http::Request& request);
  http::Reply reject_for_admin(http::Request& request);
  http::Reply reject_for_workspace(http::Request& request, std::string_view id);
  http::Reply reject_for_session(http::Request& request);

 private:
  using Who = auth::PrincipalPtr;

  struct Given;
  using GivenPtr = std::shared_ptr<const Given>;

  tokens::MayHave may_have_of(const auth::Principal& who) const;
  TokenTerms terms_of(const auth::Principal& who) const;
  GivenPtr last_given(const auth::Principal& who) const;
  http::Reply get(http::Request& request, Who who);
  http::Task<http::Response> get_charged(http::Request& request, Who who, AllowedToken allowed,
                                         std::vector<auth::Charge> charges);
  http::Task<http::Response> get_slowly(http::Request& request, Who who, AllowedToken allowed);
  http::Task<http::Response> reject(http::Request& request, Who who);
  struct Delivery;

  http::Task<http::Response> hand_out_recorded(const http::Request& request, Delivery delivery);
  http::Response hand_out(const http::Request& request, const Delivery& delivery);
  Result<> note_holder(const Delivery& delivery, bool is_news);
  http::Response hand_out_again(const http::Request& request, const Who& who, const Given& given,
                                const tokens::TokenPtr& token, SteadyPoint now);
  ledger::Event event_of(const http::Request& request, const Delivery& delivery) const;
  void log(obs::Severity severity, const http::Request& request, const Who& who, const tokens::Token& token,
           bool stale);
  http::Response refuse(const http::Request& request, const Error& error);
  http::Response refuse_by_grant(const http::Request& request, const auth::Principal& who,
                                 const Error& error);
  http::CallContext context_of(const http::Request& request) const;

  enum class Outcome { kFresh, kStale, kRefused, kFailed };

  Parts parts_;
  TokenDefaults defaults_;
  ReportLimit reports_;
  obs::CounterFamily& outcomes_;
  obs::Counter& rejections_;
  obs::Counter& fallbacks_;
  const Who operator_;
};

}  // namespace hubwarden::delivery
