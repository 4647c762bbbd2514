#include "apps/hubwarden/revoke_command.h"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>

#include "apps/hubwarden/admin_calls.h"
#include "apps/hubwarden/exit_status.h"
#include "base/text.h"

namespace hubwarden::apps {
namespace {

using boost::json::object;
using boost::json::value;
using http::Method;

constexpr const char* kRevocations = "/admin/revocations";
// Other replicas are told at once, and GitHub answers each within seconds.
constexpr int kMostLooks = 50;
constexpr std::chrono::milliseconds kBetweenLooks(100);

std::string path_of(const std::string& id) {
  return std::string(kRevocations) + "/" + percent_encode(id);
}

object body_of(const WantedRevocation& wanted) {
  const std::array<std::pair<const char*, const std::string&>, 8> texts = {{{"session", wanted.session},
                                                                            {"grant", wanted.grant},
                                                                            {"workspace", wanted.workspace},
                                                                            {"agent", wanted.agent},
                                                                            {"repository", wanted.repository},
                                                                            {"app", wanted.app},
                                                                            {"host", wanted.host},
                                                                            {"reason", wanted.reason}}};
  object body;
  for (const auto& [name, text] : texts) {
    if (!text.empty()) body[name] = text;
  }
  if (wanted.all) body["all"] = true;
  return body;
}

std::uint64_t number_of(const object& from, std::string_view name) {
  const value* const found = from.if_contains(name);
  if (found == nullptr) return 0;
  return found->is_uint64() ? found->get_uint64()
                            : static_cast<std::uint64_t>(found->is_int64() ? found->get_int64() : 0);
}

const boost::json::array& array_of(const object& from, std::string_view name) {
  static const boost::json::array none;
  const value* const found = from.if_contains(name);
  return found != nullptr && found->is_array() ? found->get_array() : none;
}

bool have_all_told(const object& revocation) {
  return array_of(revocation, "replicas").size() >= number_of(revocation, "replicas_expected");
}

std::string subject_of(const object& revocation) {
  const std::string subject = text_of(revocation, "subject");
  return text_of(revocation, "kind") + (subject.empty() ? "" : " " + subject);
}

// What the replicas did together.
struct Outcome {
  explicit Outcome(const object& revocation) {
    for (const value& replica : array_of(revocation, "replicas")) {
      const object* const told = replica.if_object();
      if (told == nullptr) continue;
      tokens += number_of(*told, "tokens_revoked");
      for (const value& line : array_of(*told, "left_over")) {
        if (line.is_string()) left_over += "not revoked: " + std::string(line.get_string()) + "\n";
      }
    }
  }

  std::uint64_t tokens = 0;
  std::string left_over;
};

void print_outcome(const object& revocation, const Outcome& outcome) {
  print(text_of(revocation, "id") + " revoked: " + subject_of(revocation) + "\n");
  print(std::to_string(array_of(revocation, "replicas").size()) + " of " +
        std::to_string(number_of(revocation, "replicas_expected")) + " replicas have taken back " +
        std::to_string(outcome.tokens) + " tokens\n");
  print(outcome.left_over);
}

// 0123456789abcdef repository acme/widgets since 2027-01-15T08:00:00Z by admin: it was attacked
void print_one(const object& revocation) {
  std::string line = text_of(revocation, "id") + " " + subject_of(revocation) + " since " +
                     text_of(revocation, "made_at") + " by " + text_of(revocation, "made_by");
  const std::string lifted = text_of(revocation, "lifted_at");
  if (!lifted.empty()) line += " lifted " + lifted;
  const std::string reason = text_of(revocation, "reason");
  if (!reason.empty()) line += ": " + reason;
  print(line + "\n");
}

}  // namespace

int revoke(const ServerOptions& server, const WantedRevocation& wanted) {
  Result<value> answer = ask_as_admin(server, Method::kPost, kRevocations, body_of(wanted));
  if (!answer) return complain(answer.error());
  if (!answer->is_object()) {
    return complain(Error(ErrorCode::kUpstreamProtocol, "the answer is no revocation"));
  }
  const std::string id = text_of(answer->get_object(), "id");
  for (int looks = 0; looks < kMostLooks && !have_all_told(answer->get_object()); ++looks) {
    std::this_thread::sleep_for(kBetweenLooks);
    Result<value> now = ask_as_admin(server, Method::kGet, path_of(id));
    if (now && now->is_object()) answer = std::move(now);
  }
  const object& revocation = answer->get_object();
  const Outcome outcome(revocation);
  if (server.json) {
    print(boost::json::serialize(revocation) + "\n");
  } else {
    print_outcome(revocation, outcome);
  }
  return outcome.left_over.empty() && have_all_told(revocation) ? kDone : kFailed;
}

int list_revocations(const ServerOptions& server) {
  return print_list(server, kRevocations, "revocations", print_one);
}

int show_revocation(const ServerOptions& server, const std::string& id) {
  const Result<value> answer = ask_as_admin(server, Method::kGet, path_of(id));
  if (!answer) return complain(answer.error());
  print(boost::json::serialize(*answer) + "\n");
  return kDone;
}

int lift_revocation(const ServerOptions& server, const std::string& id) {
  const Result<value> answer = ask_as_admin(server, Method::kDelete, path_of(id));
  return answer ? kDone : complain(answer.error());
}

}  // namespace hubwarden::apps
