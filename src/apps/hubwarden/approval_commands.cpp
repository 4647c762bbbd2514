#include "apps/hubwarden/approval_commands.h"

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

constexpr const char* kApprovals = "/v1/approvals";

std::string path_of(const std::string& id) {
  return std::string(kApprovals) + "/" + percent_encode(id);
}

const object& member_of(const object& approval, std::string_view name) {
  static const object none;
  const value* const found = approval.if_contains(name);
  return found != nullptr && found->is_object() ? found->get_object() : none;
}

std::string groups_of(const object& approval) {
  std::string text;
  const value* const from = approval.if_contains("from");
  if (from == nullptr || !from->is_array()) return text;
  for (const value& group : from->get_array()) {
    if (group.is_string()) text.append(text.empty() ? "" : ", ").append(group.get_string().c_str());
  }
  return text;
}

std::string state_of(const object& approval) {
  const std::string state = text_of(approval, "state");
  const std::string by = text_of(approval, "decided_by");
  return (by.empty() ? state : state + " by " + by) + " until " + text_of(approval, "expires_at");
}

// 0123456789abcdef pulls/merge acme/widgets for review-bot, pending until 2027-01-15T08:05:00Z
void print_line(const object& approval) {
  print(text_of(approval, "id") + " " + text_of(approval, "operation") + " " +
        text_of(approval, "repository") + " for " + text_of(member_of(approval, "asked_by"), "agent") + ", " +
        state_of(approval) + "\n");
}

void print_whole(const object& approval) {
  const object& asker = member_of(approval, "asked_by");
  print_line(approval);
  print("rule " + text_of(approval, "rule") + " asks " + groups_of(approval) + "\n");
  print("asked by " + text_of(asker, "subject") + " (" + text_of(asker, "issuer") + ") in session " +
        text_of(asker, "session") + " at " + text_of(approval, "asked_at") + "\n");
  if (const std::string reason = text_of(approval, "reason"); !reason.empty())
    print("reason: " + reason + "\n");
  const value* const params = approval.if_contains("params");
  if (params == nullptr) return;
  // An agent wrote it, and a terminal obeys some characters.
  const std::string text = boost::json::serialize(*params);
  print("params: " + printable(text, text.size()) + "\n");
}

int show(const ServerOptions& server, const Result<value>& answer, void (*print_it)(const object&)) {
  if (!answer) return complain(answer.error());
  if (server.json || !answer->is_object()) {
    print(boost::json::serialize(*answer) + "\n");
  } else {
    print_it(answer->get_object());
  }
  return kDone;
}

}  // namespace

int list_approvals(const ServerOptions& server, const std::string& state) {
  const std::string path =
      state == "all" ? std::string(kApprovals) : kApprovals + ("?state=" + percent_encode(state));
  return print_list(server, path, "approvals", print_line);
}

int show_approval(const ServerOptions& server, const std::string& id) {
  return show(server, ask_as_admin(server, Method::kGet, path_of(id)), print_whole);
}

int decide_approval(const ServerOptions& server, const std::string& id, ApprovalVerdict verdict,
                    const std::string& reason) {
  object body;
  if (!reason.empty()) body["reason"] = reason;
  const char* const what = verdict == ApprovalVerdict::kApprove ? ":approve" : ":deny";
  return show(server, ask_as_admin(server, Method::kPost, path_of(id) + what, body), print_line);
}

}  // namespace hubwarden::apps
