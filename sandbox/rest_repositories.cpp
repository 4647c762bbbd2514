#include "sandbox/rest_repositories.h"

#include <boost/json/object.hpp>
#include <utility>

#include "base/text.h"
#include "sandbox/rest_body.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view kWorkflows = ".github/workflows/";
constexpr std::size_t kMaxPath = 4096;

// GitHub takes base64 with line breaks, as `base64` prints it.
std::optional<std::string> decode_content(std::string content) {
  std::erase_if(content, [](char c) { return c == '\n' || c == '\r'; });
  return decode_base64(content);
}

// Paths that git would not hold in a tree.
bool is_good_path(std::string_view path) {
  if (path.empty() || path.size() > kMaxPath || path.find('\0') != std::string_view::npos) return false;
  for (const std::string_view segment : split(path, '/')) {
    if (segment.empty() || segment == "." || segment == ".." || equal_ignoring_case(segment, ".git"))
      return false;
  }
  return true;
}

Person author_of(const Context& context, const json::object& body) {
  for (const std::string_view role : {"author", "committer"}) {
    const json::value* person = body.if_contains(role);
    if (!person || !person->is_object()) continue;
    const auto name = text_field(person->as_object(), "name");
    const auto email = text_field(person->as_object(), "email");
    if (name && email) return Person(printable(*name, 200), printable(*email, 200));
  }
  const App& app = *context.state.world.app(context.exchange.access->token.app);
  const std::string login = app.slug + "[bot]";
  return Person(login, std::to_string(app.bot.value()) + "+" + login + "@users.noreply.github.com");
}

}  // namespace

Step get_repository(Context context) {
  return json_answer(200, context.render().full_repository(context.repository()));
}

Step get_contents(Context context) {
  const std::string& path = context.exchange.parameters.find("path")->second;
  if (!path.empty() && !is_good_path(path)) return context.exchange.not_found();
  const auto ref = context.exchange.call.parameter("ref");
  return ReadContents(context.repository().id, path, ref.value_or(context.repository().default_branch));
}

Step put_contents(Context context) {
  const std::string& path = context.exchange.parameters.find("path")->second;
  auto body = json_body(context.exchange);
  if (!body) return std::move(body.error());
  const auto message = text_field(*body, "message");
  const auto encoded = text_field(*body, "content");
  if (!message || !encoded) {
    return context.exchange.refuse(422, std::string("Invalid request.\n\n\"") +
                                            (message ? "content" : "message") + "\" wasn't supplied.");
  }
  auto content = decode_content(*encoded);
  if (!content) return context.exchange.refuse(422, "content is not valid Base64");
  if (!is_good_path(path)) return context.exchange.refuse(422, "path contains a malformed path component");
  if (path.starts_with(kWorkflows) &&
      !grants(context.exchange.access->permissions, "workflows", Level::kWrite)) {
    return context.exchange.refuse(403, "Resource not accessible by integration");
  }
  WriteContents write(context.repository().id, path, author_of(context, *body));
  write.message = *message;
  write.content = std::move(*content);
  write.branch = text_field(*body, "branch").value_or(context.repository().default_branch);
  write.replaces = text_field(*body, "sha");
  return write;
}

}  // namespace hubwarden::sandbox
