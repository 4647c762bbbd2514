#pragma once

// What the tests of approvals share: agents of a cluster, persons of an sso, a rule that asks the persons.

#include <boost/json/array.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/approvals.h"
#include "auth/revocation_index.h"
#include "jwt/jwt_fixture.h"
#include "obs/capturing_log.h"
#include "rules/rules_fixture.h"
#include "store/fake_approval_records.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::auth {

inline constexpr std::string_view kSsoIssuer = "https://sso.example.com";

// Trusts kSsoIssuer as "sso", whose github-maintainers are `maintainers`, and whose board is the `board`.
inline void trust_persons(Authority& authority) {
  const boost::json::array published = {jwt::jwk_of(testing::TestSigner::of(crypto::KeyType::kRsa), "RS256")};
  const jwt::Expected expected{std::string(kSsoIssuer), std::string(jwt::kAudience)};
  auto keys = std::make_shared<FixedKeys>(*jwt::KeySet::parse(jwt::jwks_of(published)));
  authority.issuers.emplace(kSsoIssuer, TrustedIssuer("sso", expected, std::move(keys)));
  authority.groups.emplace_back("maintainers", "sso", std::vector<std::string>{"github-maintainers"});
  authority.groups.emplace_back("board", "sso", std::vector<std::string>{"board"});
}

// A person's own JWT.
inline std::string jwt_of(std::string_view subject, const boost::json::value& groups) {
  jwt::JwtMaker maker;
  maker.claims["iss"] = kSsoIssuer;
  maker.claims["sub"] = subject;
  maker.claims["groups"] = groups;
  return maker.text();
}

inline rules::Allowance may_with_consent(const std::vector<std::string>& operations,
                                         std::vector<std::string> from) {
  rules::Allowance allowance = rules::may_do(operations);
  allowance.consent = rules::Consent{std::move(from), std::chrono::minutes(5)};
  return allowance;
}

// Writes down what it is told: "pending", "approved by request-1".
class CapturingObserver final : public ApprovalObserver {
 public:
  void changed(const store::Approval& approval, std::string_view request_id) override {
    std::string line(to_string(approval.state));
    if (!request_id.empty()) line.append(" by ").append(request_id);
    lines.push_back(std::move(line));
  }
  std::vector<std::string> lines;
};

}  // namespace hubwarden::auth
