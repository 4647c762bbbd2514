#pragma once

// The commands `revoke` and `revocations …`: they ask a running hubwarden as its operator. Each returns the
// exit status.

#include <string>

#include "apps/hubwarden/client_commands.h"

namespace hubwarden::apps {

// What is to be revoked: one of them.
struct WantedRevocation {
  std::string session;
  std::string grant;
  std::string workspace;
  std::string agent;
  std::string repository;  // owner/name
  std::string app;         // its name in the configuration, or its id
  bool all = false;
  std::string host;  // of a repository or an App
  std::string reason;
};

// Done when every replica has taken back all tokens; kFailed, having said which, when some are left over or a
// replica has not told of itself within some seconds: it stands in any case.
int revoke(const ServerOptions& server, const WantedRevocation& wanted);
int list_revocations(const ServerOptions& server);
int show_revocation(const ServerOptions& server, const std::string& id);
int lift_revocation(const ServerOptions& server, const std::string& id);

}  // namespace hubwarden::apps
