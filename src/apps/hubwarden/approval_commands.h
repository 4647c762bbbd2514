#pragma once

// The commands `approvals …`: they ask a running hubwarden as its operator, or as the person whose JWT they
// are given. Each returns the exit status.

#include <string>

#include "apps/hubwarden/client_commands.h"

namespace hubwarden::apps {

int list_approvals(const ServerOptions& server, const std::string& state);
int show_approval(const ServerOptions& server, const std::string& id);

enum class ApprovalVerdict { kApprove, kDeny };
int decide_approval(const ServerOptions& server, const std::string& id, ApprovalVerdict verdict,
                    const std::string& reason);

}  // namespace hubwarden::apps
