#pragma once

// The commands that ask a running hubwarden: `workspace …` and `token`. Each returns the exit status.

#include <string>
#include <vector>

namespace hubwarden::apps {

// Where the server is and who asks.
struct ServerOptions {
  std::string url = "http://127.0.0.1:8080";
  std::string ca_file;
  std::string admin_token_file;
  std::string jwt_file;  // a person's own, in the place of the operator's token; empty: none
  bool json = false;
};

struct NewWorkspace {
  std::string id;
  std::vector<std::string> repositories;  // owner/name
  std::vector<std::string> permissions;   // contents:write
  std::string token_file;                 // where the token goes, mode 0600; empty: stdout
};

int create_workspace(const ServerOptions& server, const NewWorkspace& wanted);
int list_workspaces(const ServerOptions& server);
int show_workspace(const ServerOptions& server, const std::string& id);
int rotate_workspace(const ServerOptions& server, const std::string& id, const std::string& token_file);
int revoke_workspace_token(const ServerOptions& server, const std::string& id, const std::string& token_id);
int delete_workspace(const ServerOptions& server, const std::string& id);

struct WantedToken {
  std::string workspace;  // empty: as the operator
  std::string workspace_token_file;
  std::vector<std::string> repositories;
  std::string permissions;
  std::string min_ttl;
};

int print_token(const ServerOptions& server, const WantedToken& wanted);

}  // namespace hubwarden::apps
