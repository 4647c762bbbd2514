#include "delivery/revocation/revocation_json.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"
#include "delivery/json_body.h"
#include "policy/host_name.h"
#include "policy/workspace_id.h"

namespace hubwarden::delivery {
namespace {

namespace bj = boost::json;
using auth::RevocationWish;
using store::RevokedKind;

constexpr std::size_t kMaxReason = 500;
constexpr std::size_t kMaxAgent = 256;

constexpr std::array kKinds = {RevokedKind::kSession, RevokedKind::kGrant,      RevokedKind::kWorkspace,
                               RevokedKind::kAgent,   RevokedKind::kRepository, RevokedKind::kApp,
                               RevokedKind::kAll};

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kInvalidRequest, std::move(why));
}

Result<RevokedKind> kind_of(const bj::object& body) {
  std::optional<RevokedKind> kind;
  for (const RevokedKind each : kKinds) {
    if (!body.contains(to_string(each))) continue;
    if (kind) return refuse("a revocation is of one thing; make another for the other");
    kind = each;
  }
  if (kind) return *kind;
  return refuse("say what: session, grant, workspace, agent, repository, app or all");
}

Result<std::string> host_of(const bj::object& body, RevokedKind kind, const std::string& usual) {
  const bool has_host = kind == RevokedKind::kRepository || kind == RevokedKind::kApp;
  if (!body.contains("host")) return has_host ? usual : std::string();
  if (!has_host) return refuse("\"host\" goes with a repository or an App");
  const Result<std::string> text = string_member(body, "host");
  if (!text) return std::unexpected(text.error());
  const Result<policy::HostName> host = policy::HostName::parse(*text);
  if (!host) return std::unexpected(host.error());
  return host->text();
}

Result<std::string> app_of(const std::string& text, const std::string& host,
                           const std::vector<NamedApp>& apps) {
  const auto found = std::ranges::find_if(
      apps, [&](const NamedApp& app) { return app.host == host && (app.name == text || app.id == text); });
  if (found != apps.end()) return found->id;
  return fail(ErrorCode::kNotFound, "no App \"" + printable(text, 100) + "\" is configured for " + host);
}

template <class Parsed>
Result<std::string> spelt(const std::string& text, const Parsed& parsed) {
  if (!parsed) return std::unexpected(parsed.error());
  return text;
}

Result<std::string> subject_of(RevokedKind kind, const std::string& text, const std::string& host,
                               const std::vector<NamedApp>& apps) {
  switch (kind) {
    case RevokedKind::kSession: return spelt(text, auth::parse_session_id(text));
    case RevokedKind::kGrant: return spelt(text, auth::parse_cut_id(text));
    case RevokedKind::kWorkspace: return spelt(text, policy::WorkspaceId::parse(text));
    case RevokedKind::kApp: return app_of(text, host, apps);
    case RevokedKind::kRepository: {
      const Result<policy::Repository> repository = policy::Repository::parse(text);
      return spelt(repository ? repository->shown() : text, repository);
    }
    case RevokedKind::kAgent:
      if (!text.empty() && text.size() <= kMaxAgent && printable(text, kMaxAgent) == text) return text;
      return refuse("an agent has a name of 1 to " + std::to_string(kMaxAgent) + " bytes");
    case RevokedKind::kAll: break;
  }
  return std::string();
}

}  // namespace

Result<bj::object> parse_revocation_body(std::string_view text) {
  return parse_json(text,
                    {"session", "grant", "workspace", "agent", "repository", "app", "all", "host", "reason"});
}

Result<RevocationWish> parse_revocation_wish(const bj::object& body, const std::string& usual_host,
                                             const std::vector<NamedApp>& apps) {
  const Result<RevokedKind> kind = kind_of(body);
  if (!kind) return std::unexpected(kind.error());
  const Result<std::string> host = host_of(body, *kind, usual_host);
  if (!host) return std::unexpected(host.error());
  RevocationWish wish(*kind, "");
  wish.host = *host;
  if (*kind == RevokedKind::kAll) {
    if (body.at("all") != bj::value(true)) return refuse("\"all\" must be true");
  } else {
    const Result<std::string> text = string_member(body, to_string(*kind));
    if (!text) return std::unexpected(text.error());
    Result<std::string> subject = subject_of(*kind, *text, *host, apps);
    if (!subject) return std::unexpected(subject.error());
    wish.subject = *std::move(subject);
  }
  if (!body.contains("reason")) return wish;
  const Result<std::string> reason = string_member(body, "reason");
  if (!reason) return std::unexpected(reason.error());
  if (reason->size() > kMaxReason) {
    return refuse("\"reason\" has at most " + std::to_string(kMaxReason) + " bytes");
  }
  wish.reason = printable(*reason, kMaxReason);
  return wish;
}

bj::object to_json(const store::Revocation& revocation) {
  bj::object json;
  json["id"] = to_text(revocation.id);
  json["kind"] = to_string(revocation.kind);
  if (!revocation.subject.empty()) json["subject"] = revocation.subject;
  if (!revocation.host.empty()) json["host"] = revocation.host;
  if (revocation.repository) json["repository_id"] = revocation.repository->value();
  if (!revocation.reason.empty()) json["reason"] = revocation.reason;
  json["made_by"] = revocation.made_by;
  json["made_at"] = rfc3339(revocation.made_at);
  if (revocation.ends_at) json["ends_at"] = rfc3339(*revocation.ends_at);
  if (revocation.lifted_at) json["lifted_at"] = rfc3339(*revocation.lifted_at);
  return json;
}

bj::object to_json(const store::Revocation& revocation,
                   const std::vector<store::RevocationOutcome>& outcomes) {
  bj::object json = to_json(revocation);
  bj::array replicas;
  for (const store::RevocationOutcome& each : outcomes) {
    bj::object replica;
    replica["replica"] = to_text(each.by);
    replica["at"] = rfc3339(each.at);
    replica["tokens_revoked"] = each.revoked;
    replica["left_over"] = bj::array(each.left_over.begin(), each.left_over.end());
    replicas.push_back(std::move(replica));
  }
  json["replicas"] = std::move(replicas);
  return json;
}

bj::object to_json(const auth::RevocationPage& page) {
  bj::array revocations;
  for (const store::Revocation& each : page.items()) revocations.push_back(to_json(each));
  bj::object json;
  json["revocations"] = std::move(revocations);
  if (page.next_cursor()) json["next_cursor"] = *page.next_cursor();
  return json;
}

}  // namespace hubwarden::delivery
