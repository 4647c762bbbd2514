#include "apps/hubwarden/client_commands.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "apps/hubwarden/exit_status.h"
#include "apps/hubwarden/server_connection.h"
#include "base/secret.h"
#include "base/text.h"

namespace hubwarden::apps {
namespace {

using boost::json::object;
using boost::json::value;
using http::Method;

int complain(const Error& error) {
  std::fprintf(stderr, "hubwarden: %s\n", error.message().c_str());
  return error.code() == ErrorCode::kUpstreamUnavailable || error.code() == ErrorCode::kUpstreamTimeout
             ? kNotReachable
             : kFailed;
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string text_of(const object& from, std::string_view name) {
  const value* const found = from.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

Result<value> ask_as_admin(const ServerOptions& server, Method method, const std::string& path,
                           const std::optional<object>& body = std::nullopt) {
  Result<ServerBearer> bearer = ServerBearer::find("HUBWARDEN_ADMIN_TOKEN", server.admin_token_file);
  if (!bearer) return std::unexpected(bearer.error());
  ServerConnection connection(server.url, std::move(*bearer), server.ca_file);
  return connection.call(method, path, body);
}

std::string path_of(const std::string& id) {
  return "/admin/workspaces/" + percent_encode(id);
}

// A new file that nobody else can read, or the old one's content replaced.
bool write_token_file(const std::string& path, const Secret& token) {
  const std::string draft = path + ".new";
  const int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return false;
  std::string line = std::string(token.reveal()) + "\n";
  // Before the token is in it: a draft that was there already may be open to others.
  const bool written = fchmod(file, 0600) == 0 &&
                       write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       fsync(file) == 0;
  wipe(line);
  return close(file) == 0 && written && rename(draft.c_str(), path.c_str()) == 0;
}

int give_token(const ServerOptions& server, const value& answer, const std::string& token_file) {
  const object* const body = answer.if_object();
  const Secret token(body == nullptr ? "" : text_of(*body, "token"));
  if (token.empty()) return complain(Error(ErrorCode::kUpstreamProtocol, "the answer holds no token"));
  if (!token_file.empty()) {
    if (write_token_file(token_file, token)) return kDone;
    return complain(Error(ErrorCode::kInternal, "cannot write " + token_file));
  }
  print(server.json ? boost::json::serialize(answer) + "\n" : std::string(token.reveal()) + "\n");
  return kDone;
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
  return give_token(server, *answer, wanted.token_file);
}

int list_workspaces(const ServerOptions& server) {
  for (std::string cursor;;) {
    const std::string page = cursor.empty() ? "" : "&cursor=" + percent_encode(cursor);
    const Result<value> answer = ask_as_admin(server, Method::kGet, "/admin/workspaces?limit=100" + page);
    if (!answer) return complain(answer.error());
    const object* const body = answer->if_object();
    const value* const workspaces = body == nullptr ? nullptr : body->if_contains("workspaces");
    if (workspaces == nullptr || !workspaces->is_array()) {
      return complain(Error(ErrorCode::kUpstreamProtocol, "the answer holds no workspaces"));
    }
    for (const value& workspace : workspaces->get_array()) {
      if (server.json) {
        print(boost::json::serialize(workspace) + "\n");
      } else {
        print_workspace(workspace.get_object());
      }
    }
    cursor = text_of(*body, "next_cursor");
    if (cursor.empty()) return kDone;
  }
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
  return give_token(server, *answer, token_file);
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
  return give_token(server, *answer, "");
}

}  // namespace hubwarden::apps
