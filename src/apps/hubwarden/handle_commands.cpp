#include "apps/hubwarden/handle_commands.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "apps/hubwarden/admin_calls.h"
#include "apps/hubwarden/exit_status.h"
#include "base/text.h"

namespace hubwarden::apps {
namespace {

using boost::json::object;
using boost::json::value;
using http::Method;

constexpr const char* kHandles = "/admin/handles";

std::string path_of(const std::string& id) {
  return std::string(kHandles) + "/" + percent_encode(id);
}

object budget_of(const WantedHandle& wanted) {
  object budget;
  if (wanted.concurrent) budget["concurrent"] = *wanted.concurrent;
  if (wanted.requests) budget["requests"] = *wanted.requests;
  if (wanted.bytes) budget["bytes"] = *wanted.bytes;
  return budget;
}

object body_of(const WantedHandle& wanted) {
  object body;
  body["repository"] = wanted.repository;
  if (!wanted.host.empty()) body["host"] = wanted.host;
  if (!wanted.operations.empty()) {
    boost::json::array operations;
    for (const std::string& operation : wanted.operations) operations.emplace_back(operation);
    body["operations"] = std::move(operations);
  }
  if (!wanted.expires_in.empty()) body["expires_in"] = wanted.expires_in;
  if (!wanted.priority.empty()) body["priority"] = wanted.priority;
  if (object budget = budget_of(wanted); !budget.empty()) body["budget"] = std::move(budget);
  return body;
}

// 0123456789abcdef acme/widgets read,create_issue until 2027-01-15T09:00:00Z
void print_handle(const object& handle) {
  std::string line = text_of(handle, "id") + " " + text_of(handle, "repository");
  if (const value* const operations = handle.if_contains("operations");
      operations != nullptr && operations->is_array()) {
    char separator = ' ';
    for (const value& operation : operations->get_array()) {
      if (operation.is_string()) line.append(1, separator).append(operation.get_string().c_str());
      separator = ',';
    }
  }
  const std::string revoked_at = text_of(handle, "revoked_at");
  line += revoked_at.empty() ? " until " + text_of(handle, "expires_at") : " revoked " + revoked_at;
  print(line + "\n");
}

}  // namespace

int create_handle(const ServerOptions& server, const WantedHandle& wanted) {
  const Result<value> answer = ask_as_admin(server, Method::kPost, kHandles, body_of(wanted));
  if (!answer) return complain(answer.error());
  return give_credential(server, *answer, {"proxy_handle", wanted.handle_file});
}

int list_handles(const ServerOptions& server) {
  return print_list(server, kHandles, "handles", print_handle);
}

int show_handle(const ServerOptions& server, const std::string& id) {
  const Result<value> answer = ask_as_admin(server, Method::kGet, path_of(id));
  if (!answer) return complain(answer.error());
  print(boost::json::serialize(*answer) + "\n");
  return kDone;
}

int revoke_handle(const ServerOptions& server, const std::string& id) {
  const Result<value> answer = ask_as_admin(server, Method::kDelete, path_of(id));
  return answer ? kDone : complain(answer.error());
}

}  // namespace hubwarden::apps
