// Bodies of requests, and the documents of the workspace routes in them.

#include "delivery/json_body.h"

#include "base/check.h"
#include "delivery/admin/workspace_json.h"
#include "fuzz/target.h"

namespace hubwarden::fuzz {

void target(std::string_view bytes) {
  const auto body = delivery::parse_json(bytes, {"id", "repositories", "permissions", "token"});
  if (!body) return;
  HW_CHECK(bytes.size() <= delivery::kMaxJsonBody);
  for (const auto& member : *body) {
    HW_CHECK(member.key() == "id" || member.key() == "repositories" || member.key() == "permissions" ||
             member.key() == "token");
  }
  (void)delivery::string_member(*body, "token");
  const auto registration = delivery::parse_registration(*body);
  HW_CHECK(!registration || !registration->repositories.items().empty());
}

}  // namespace hubwarden::fuzz
