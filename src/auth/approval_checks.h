#pragma once

// What has to be true before a person's answer counts, and before it is made use of. Pure but for the time
// that sessions look at.
//
//   Result<std::string> as = may_approve(approval, reader, sessions);    // the group for which

#include <string>

#include "auth/approvals.h"

namespace hubwarden::auth {

bool may_see(const ApprovalReader& reader, const store::Approval& approval);

// `gone`, `forbidden`, or `conflict` for a retry under a key whose question is over.
Result<> may_go_on(const store::Approval& asked, const crypto::Digest& request, TimePoint now);
// Whether it still waits for an answer: `gone`, `conflict`.
Result<> is_open(const store::Approval& approval, TimePoint now);
// `forbidden` for sessions and for who asked.
Result<> may_decide(const ApprovalReader& reader, const store::Approval& approval);
// The group of operators for which the reader says yes, by session and policy as they are now; empty for the
// operator's credential. `conflict`, and why.
Result<std::string> consenting_group(const ApprovalReader& reader, const store::Approval& approval,
                                     const Sessions& sessions);
// The group for which the reader says no; empty for the operator's credential.
std::string denying_group(const ApprovalReader& reader, const store::Approval& approval);
// `forbidden` when the rule asks others by now.
Result<> still_counts(const store::Approval& approval, const rules::Decision& decision);

std::string name_of(const ApprovalReader& reader);  // "admin", "ada@example.com (sso)"

}  // namespace hubwarden::auth
