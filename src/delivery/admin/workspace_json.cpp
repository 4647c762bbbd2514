#include "delivery/admin/workspace_json.h"

#include <boost/json/array.hpp>

#include "base/text.h"
#include "base/time_text.h"
#include "delivery/json_body.h"

namespace hubwarden::delivery {
namespace {

Result<policy::RepositoryList> parse_repositories(const boost::json::value* value) {
  if (value == nullptr || !value->is_array()) {
    return fail(ErrorCode::kInvalidRequest, "\"repositories\" must be an array of \"owner/name\"");
  }
  std::vector<std::string_view> texts;
  for (const boost::json::value& item : value->get_array()) {
    if (!item.is_string()) {
      return fail(ErrorCode::kInvalidRequest, "\"repositories\" must be an array of \"owner/name\"");
    }
    texts.emplace_back(item.get_string());
  }
  return policy::RepositoryList::parse(texts);
}

Result<policy::PermissionSet> parse_permissions(const boost::json::value* value) {
  if (value == nullptr || !value->is_object()) {
    return fail(ErrorCode::kInvalidRequest,
                "\"permissions\" must be an object like {\"contents\": \"write\"}");
  }
  policy::PermissionSet::Map levels;
  for (const auto& member : value->get_object()) {
    const auto level =
        member.value().is_string() ? policy::parse_level(member.value().get_string()) : std::nullopt;
    if (!level) {
      return fail(ErrorCode::kInvalidRequest, "permission \"" + printable(member.key(), 60) +
                                                  "\" must be \"read\", \"write\" or \"admin\"");
    }
    levels.emplace(member.key(), *level);
  }
  return policy::PermissionSet::make(std::move(levels));
}

boost::json::object to_json(const store::WorkspaceToken& token) {
  boost::json::object json;
  json["id"] = store::to_text(token.id);
  json["created_at"] = rfc3339(token.created_at);
  if (token.revoked_at) json["revoked_at"] = rfc3339(*token.revoked_at);
  return json;
}

}  // namespace

Result<Registration> parse_registration(const boost::json::object& body) {
  const Result<std::string> text = string_member(body, "id");
  if (!text) return std::unexpected(text.error());
  Result<policy::WorkspaceId> id = policy::WorkspaceId::parse(*text);
  if (!id) return std::unexpected(id.error());
  Result<policy::RepositoryList> repositories = parse_repositories(body.if_contains("repositories"));
  if (!repositories) return std::unexpected(repositories.error());
  Result<policy::PermissionSet> permissions = parse_permissions(body.if_contains("permissions"));
  if (!permissions) return std::unexpected(permissions.error());
  return Registration(std::move(*id), std::move(*repositories), std::move(*permissions));
}

boost::json::object to_json(const store::WorkspaceRecord& record) {
  boost::json::object json;
  json["id"] = record.workspace.id.text();
  boost::json::array repositories;
  for (const policy::Repository& repository : record.workspace.repositories.items()) {
    repositories.emplace_back(repository.shown());
  }
  json["repositories"] = std::move(repositories);
  boost::json::object permissions;
  for (const auto& [name, level] : record.workspace.permissions.levels())
    permissions[name] = to_string(level);
  json["permissions"] = std::move(permissions);
  json["created_at"] = rfc3339(record.workspace.created_at);
  boost::json::array tokens;
  for (const store::WorkspaceToken& token : record.tokens) tokens.push_back(to_json(token));
  json["tokens"] = std::move(tokens);
  return json;
}

boost::json::object to_json(const auth::WorkspacePage& page) {
  boost::json::object json;
  boost::json::array workspaces;
  for (const store::WorkspaceRecord& record : page.items()) workspaces.push_back(to_json(record));
  json["workspaces"] = std::move(workspaces);
  if (page.next_cursor()) json["next_cursor"] = *page.next_cursor();
  return json;
}

}  // namespace hubwarden::delivery
