#include "http/request_text.h"

#include "base/text.h"

namespace hubwarden::http {
namespace {

// What stands around the fields and their values, numbers included, is shorter.
constexpr std::size_t kAround = 256;
constexpr std::size_t kAroundField = 4;

std::size_t size_of(const ClientRequest& request, const Url& url, std::string_view user_agent) {
  std::size_t size = kAround + 2 * url.text().size() + user_agent.size();
  for (const auto& [name, value] : request.fields) size += name.size() + value.size() + kAroundField;
  if (const auto& credential = request.authorization)
    size += credential->scheme.size() + credential->secret.size();
  return size + text_of(request.body).value_or("").size();
}

void append_field(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(value.empty() ? ":" : ": ").append(value).append("\r\n");
}

// GitHub wants a length where a body is usual.
bool has_length(Method method, std::string_view body) {
  return !body.empty() || method == Method::kPost || method == Method::kPut || method == Method::kPatch;
}

}  // namespace

std::string request_text(const ClientRequest& request, const Url& url, std::string_view user_agent) {
  const std::string_view body = text_of(request.body).value_or("");
  std::string text;
  text.reserve(size_of(request, url, user_agent));
  text.append(to_string(request.method)).append(" ").append(url.target()).append(" HTTP/1.1\r\n");
  append_field(text, "Host", url.authority());
  if (!request.fields.find("User-Agent")) append_field(text, "User-Agent", user_agent);
  for (const auto& [name, value] : request.fields) append_field(text, name, trim(value));
  if (const auto& credential = request.authorization) {
    text.append("Authorization: ").append(credential->scheme).append(" ");
    text.append(credential->secret.reveal()).append("\r\n");
  }
  if (has_length(request.method, body)) append_field(text, "Content-Length", std::to_string(body.size()));
  text.append("\r\n").append(body);
  return text;
}

}  // namespace hubwarden::http
