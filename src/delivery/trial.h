#pragma once

// A policy on trial: it hears what sessions ask for and what the present policy says to it, and what it would
// have said otherwise is counted, logged and written into the ledger. It changes no answer.
//
//   Trial trial({clock, recorder, log, metrics}, config.policy.trial->rules);
//   if (parts_.trial != nullptr) parts_.trial->hear(request, *who, grant, ask, decision);
//
// Source: docs/policy.md, "Trying a policy before it is in force". Threads: any.

#include <memory>
#include <string>
#include <string_view>

#include "auth/principal.h"
#include "auth/session.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "base/lru.h"
#include "base/text.h"
#include "delivery/recorder.h"
#include "http/handler.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "rules/grant.h"
#include "rules/session_terms.h"
#include "rules/trial.h"

namespace hubwarden::delivery {

class Trial {
 public:
  struct Parts {
    const Clock& clock;
    const Recorder& recorder;
    obs::Log& log;
    obs::Metrics& metrics;
  };

  // All of `parts` outlive it.
  Trial(Parts parts, std::shared_ptr<const rules::RuleBook> rules);

  // A session has asked for that of its grant, and the present policy has decided. What others ask for, who
  // have their grants from operators, is passed by.
  void hear(const http::Request& request, const auth::Principal& who, const rules::Grant& grant,
            const rules::Ask& ask, const rules::Decision& present);
  // The caller has asked for a session, or for more time, and has it or why the policy gives it none.
  void hear(const http::Request& request, const rules::Caller& caller, const Result<auth::Session>& present);

  // Alike, of one agent, one rule and one operation: a line of the log in this time.
  static constexpr std::chrono::seconds kLineEvery{60};
  // What is forgotten of these is logged once more.
  static constexpr std::size_t kMaxRemembered = 10'000;

 private:
  enum class About { kOperation, kToken, kSession };

  struct Found;
  void tell(Found found);
  bool is_time_for_a_line(const Found& found);

  Parts parts_;
  const std::shared_ptr<const rules::RuleBook> rules_;
  obs::CounterFamily& compared_;
  Guarded<Lru<std::string, SteadyPoint, TextHash>> told_{kMaxRemembered};
};

}  // namespace hubwarden::delivery
