#pragma once

// What `hubwarden doctor` is answered, by hubwarden and by git. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/git-credential-hubwarden/http_reply.h"
#include "apps/hubwarden/doctor_verdict.h"
#include "base/clock.h"
#include "base/error.h"
#include "policy/names.h"

namespace hubwarden::apps {

// docs/http-api.md, "Diagnosis".
struct DiagnosisAnswer {
  std::optional<policy::Repository> repository;
  std::optional<TimePoint> time;       // GitHub's, as hubwarden knows it
  std::chrono::seconds clock_skew{0};  // GitHub's clock ahead of hubwarden's
  std::string source;                  // of the token: "app", "static"; empty without one
  std::vector<ServerLink> links;
};

// An answer that is no diagnosis is hubwarden's refusal, or says that it is not hubwarden's at all.
Result<DiagnosisAnswer> read_diagnosis(const git_credential::HttpReplyReader& reply);

// Of GET /readyz: empty when hubwarden is ready, else what is not, or that this is not hubwarden.
std::string readiness_trouble(int status, std::string_view body);

// The lines of git's standard error that tell why it failed, on one line, without what stands before `@` in
// addresses.
std::string last_complaint(std::string_view errors);

}  // namespace hubwarden::apps
