#include "base/text.h"
#include "sandbox/control_routes.h"
#include "sandbox/json_reader.h"

namespace hubwarden::sandbox {

ControlAnswer create_pull_request(ControlContext& context) {
  const auto id = named_repository(context);
  if (!id) return std::unexpected(id.error());
  JsonReader body(context.body);
  NewPull pull(*id);
  pull.title = body.text("title", "A change");
  const std::string text = body.text("body", "");
  pull.head = body.text("head");
  pull.base = body.text("base", context.world().repository(*id)->default_branch);
  pull.is_draft = body.boolean("draft", false);
  pull.author = AppId(body.number("app_id", 0));
  const auto files = body.text_map("files");
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());
  if (!text.empty()) pull.body = text;
  for (const auto& [path, content] : files) {
    FileToCommit& file = context.files.emplace_back(*id, path, content);
    file.branch = pull.head;
    file.start = pull.base;
  }
  boost::json::object answer{{"head", pull.head}, {"base", pull.base}};
  context.to_open = std::move(pull);
  return answer;
}

}  // namespace hubwarden::sandbox
