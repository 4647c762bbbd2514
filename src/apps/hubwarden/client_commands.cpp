#include "apps/hubwarden/client_commands.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "apps/hubwarden/admin_calls.h"
#include "apps/hubwarden/exit_status.h"
#include "apps/hubwarden/server_connection.h"
#include "base/text.h"

namespace hubwarden::apps {
namespace {

using boost::json::object;
using boost::json::value;
using http::Method;

std::string path_of(const std::string& id) {
  return "/admin/workspaces/" + percent_encode(id);
}

void print_workspace(const object& workspace) {
  std::string line = text_of(workspace, "id");
  if (const value* const names = workspace.if_contains("repositories");
      names != nullptr && names->is_array()) {
    for (const value& name : names->get_array()) line.append(" ").append(name.get_string().c_str());
  }
  if (const value* const levels = workspace.if_contains("permissions");
      levels != nullptr && levels->is_object()) {
    for (const auto& level : levels->get_object()) {
      line.append(" ").append(level.key()).append(":").append(level.value().get_string().c_str());
    }
  }
  print(line + "\n");
}

}  // namespace

int create_workspace(const ServerOptions& server, const NewWorkspace& wanted) {
  object body;
  body["id"] = wanted.id;
  boost::json::array repositories;
  for (const std::string& repository : wanted.repositories) repositories.emplace_back(repository);
  body["repositories"] = std::move(repositories);
  object permissions;
  for (const std::string& permission : wanted.permissions) {
    const std::size_t colon = permission.find(':');
    permissions[permission.substr(0, colon)] = colon == std::string::npos ? "" : permission.substr(colon + 1);
  }
  body["permissions"] = std::move(permissions);
  const Result<value> answer = ask_as_admin(server, Method::kPost, "/admin/workspaces", body);
  if (!answer) return complain(answer.error());
  return give_credential(server, *answer, {"token", wanted.token_file});
}

int list_workspaces(const ServerOptions& server) {
  return print_list(server, "/admin/workspaces", "workspaces", print_workspace);
}

int show_workspace(const ServerOptions& server, const std::string& id) {
  const Result<value> answer = ask_as_admin(server, Method::kGet, path_of(id));
  if (!answer) return complain(answer.error());
  print(boost::json::serialize(*answer) + "\n");
  return kDone;
}

int rotate_workspace(const ServerOptions& server, const std::string& id, const std::string& token_file) {
  const Result<value> answer = ask_as_admin(server, Method::kPost, path_of(id) + "/tokens");
  if (!answer) return complain(answer.error());
  return give_credential(server, *answer, {"token", token_file});
}

int revoke_workspace_token(const ServerOptions& server, const std::string& id, const std::string& token_id) {
  const std::string path = path_of(id) + "/tokens/" + percent_encode(token_id);
  const Result<value> answer = ask_as_admin(server, Method::kDelete, path);
  return answer ? kDone : complain(answer.error());
}

int delete_workspace(const ServerOptions& server, const std::string& id) {
  const Result<value> answer = ask_as_admin(server, Method::kDelete, path_of(id));
  return answer ? kDone : complain(answer.error());
}

int print_token(const ServerOptions& server, const WantedToken& wanted) {
  const bool as_workspace = !wanted.workspace.empty();
  Result<ServerBearer> bearer =
      as_workspace ? ServerBearer::find("HUBWARDEN_WORKSPACE_TOKEN", wanted.workspace_token_file)
                   : ServerBearer::find("HUBWARDEN_ADMIN_TOKEN", server.admin_token_file);
  if (!bearer) return complain(bearer.error());
  std::string path = as_workspace ? "/workspaces/" + percent_encode(wanted.workspace) : std::string("/admin");
  path += "/github-installation-token";
  char separator = '?';
  const auto add = [&path, &separator](std::string_view name, const std::string& text) {
    path.append(1, separator).append(name).append("=").append(percent_encode(text));
    separator = '&';
  };
  for (const std::string& repository : wanted.repositories) add("repo", repository);
  if (!wanted.permissions.empty()) add("permissions", wanted.permissions);
  if (!wanted.min_ttl.empty()) add("min_ttl", wanted.min_ttl);
  ServerConnection connection(server.url, std::move(*bearer), server.ca_file);
  const Result<value> answer = connection.call(Method::kGet, path);
  if (!answer) return complain(answer.error());
  return give_credential(server, *answer, {"token", ""});
}

}  // namespace hubwarden::apps
