#include "apps/hubwarden/diagnosis_answer.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "apps/git-credential-hubwarden/token_reply.h"
#include "base/text.h"
#include "base/time_text.h"

namespace hubwarden::apps {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxText = 500;
constexpr std::size_t kMaxComplaint = 600;

json::object object_in(std::string_view body) {
  boost::system::error_code broken;
  json::value document = json::parse(body, broken);
  return broken || !document.is_object() ? json::object() : std::move(document.get_object());
}

std::string text_at(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? printable(value->get_string(), kMaxText) : std::string();
}

std::optional<std::chrono::seconds> seconds_at(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return std::chrono::seconds(value->get_int64());
}

ServerLink read_link(const json::object& object) {
  ServerLink link;
  link.name = text_at(object, "link");
  link.state = text_at(object, "state");
  link.error = text_at(object, "error");
  link.message = text_at(object, "message");
  link.detail = text_at(object, "detail");
  link.fix = text_at(object, "fix");
  link.retry_after = seconds_at(object, "retry_after");
  return link;
}

// "https://agent:secret@host/x" → "https://host/x"
std::string without_user(std::string line) {
  const std::size_t slashes = line.find("://");
  if (slashes == std::string::npos) return line;
  const std::size_t begin = slashes + 3;
  const std::size_t end = std::min(line.find_first_of("/ '", begin), line.size());
  const std::size_t at = std::string_view(line).substr(0, end).rfind('@');
  if (at != std::string_view::npos && at >= begin) line.erase(begin, at + 1 - begin);
  return line;
}

}  // namespace

Result<DiagnosisAnswer> read_diagnosis(const git_credential::HttpReplyReader& reply) {
  const json::object body = object_in(reply.body());
  const json::value* const links = body.if_contains("links");
  if (reply.status() != 200 || links == nullptr || !links->is_array()) {
    const auto refused = git_credential::read_token_reply(reply.status(), reply.body(), reply.retry_after());
    if (!refused) return std::unexpected(refused.error());
    return fail(ErrorCode::kUpstreamProtocol, "its answer is no diagnosis");
  }
  DiagnosisAnswer answer;
  for (const json::value& link : links->get_array()) {
    if (link.is_object()) answer.links.push_back(read_link(link.get_object()));
  }
  const Result<policy::Repository> repository = policy::Repository::parse(text_at(body, "repository"));
  if (repository) answer.repository = *repository;
  answer.time = parse_rfc3339(text_at(body, "time"));
  answer.clock_skew = seconds_at(body, "clock_skew_seconds").value_or(std::chrono::seconds(0));
  answer.source = text_at(body, "source");
  return answer;
}

std::string readiness_trouble(int status, std::string_view body) {
  const json::object answer = object_in(body);
  const json::value* const ready = answer.if_contains("ready");
  if (ready == nullptr || !ready->is_bool()) {
    return "what answers there (status " + std::to_string(status) + ") is not hubwarden";
  }
  if (ready->get_bool()) return "";
  std::string trouble;
  const json::value* const checks = answer.if_contains("checks");
  if (checks != nullptr && checks->is_object()) {
    for (const auto& [name, state] : checks->get_object()) {
      if (!state.is_string() || state.get_string() == "ok") continue;
      trouble +=
          (trouble.empty() ? "" : ", ") + std::string(name) + ": " + printable(state.get_string(), kMaxText);
    }
  }
  return trouble.empty() ? "it says so itself" : trouble;
}

std::string last_complaint(std::string_view errors) {
  constexpr std::array<std::string_view, 4> kTelling = {
      "fatal:", "error:", "remote:", "git-credential-hubwarden:"};
  std::string complaint;
  for (const std::string_view line : split(errors, '\n')) {
    const std::string_view text = trim(line);
    const bool is_telling =
        std::ranges::any_of(kTelling, [text](std::string_view begin) { return text.starts_with(begin); });
    if (!is_telling) continue;
    complaint += (complaint.empty() ? "" : "; ") + without_user(printable(text, kMaxText));
  }
  return printable(complaint, kMaxComplaint);
}

}  // namespace hubwarden::apps
