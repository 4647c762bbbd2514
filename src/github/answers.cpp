#include "github/answers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/check.h"
#include "base/text.h"
#include "base/time_text.h"
#include "base/token_text.h"
#include "github/json.h"
#include "github/rate_limit.h"

namespace hubwarden::github {
namespace {

constexpr std::size_t kMaxErrorBody = 64 * 1024;  // GitHub's error documents are a few hundred bytes
constexpr std::size_t kSearched = 4096;           // of a body, for the words of a limit: they come early
constexpr std::size_t kMaxNamed = 200;            // of permissions, in a message
constexpr std::chrono::seconds kUnnamedWait(60);  // what GitHub asks for when it names no time

bool contains(std::string_view text, std::string_view part) {
  return contains_ignoring_case(text, part);
}

// "message" of GitHub's error document, and what its "errors" add; empty for every other body.
std::string message_in(std::string_view body) {
  if (body.size() > kMaxErrorBody || !body.starts_with('{')) return {};
  const Result<boost::json::value> document = json::parse(body);
  const boost::json::object* root = document ? json::object_in(*document) : nullptr;
  if (!root) return {};
  std::string message(json::text_at(*root, "message").value_or(""));
  const boost::json::array* errors = json::array_at(*root, "errors");
  for (std::size_t i = 0; errors && i < std::min<std::size_t>(errors->size(), 5); ++i) {
    const boost::json::object* error = json::object_in((*errors)[i]);
    if (!error) continue;
    const std::string_view field = json::text_at(*error, "field").value_or("");
    const std::string_view reason =
        json::text_at(*error, "message").value_or(json::text_at(*error, "code").value_or(""));
    message.append("; ").append(field).append(field.empty() ? "" : ": ").append(reason);
  }
  return message;
}

// Why GitHub has blocked a repository: "tos", "dmca", …; empty when the body does not say.
std::string block_reason_in(std::string_view body) {
  if (body.size() > kMaxErrorBody || !body.starts_with('{')) return {};
  const Result<boost::json::value> document = json::parse(body);
  const boost::json::object* const root = document ? json::object_in(*document) : nullptr;
  const boost::json::object* const block = root ? json::object_at(*root, "block") : nullptr;
  return block ? printable(json::text_at(*block, "reason").value_or(""), kMaxNamed) : "";
}

// What the conditions of the table look at.
struct Facts {
  explicit Facts(const Answer& answer_)
      : answer(answer_), message(message_in(answer_.body)), text(answer_.body.substr(0, kSearched)) {}

  const Answer& answer;
  std::string message;
  std::string_view text;

  bool has(std::string_view field) const { return answer.fields.find(field).has_value(); }
  std::string_view field(std::string_view name) const { return trim(answer.fields.find(name).value_or("")); }
  bool says(std::string_view part) const { return contains(message, part); }
  bool is_used_up() const { return field("x-ratelimit-remaining") == "0"; }
};

bool always(const Facts&) {
  return true;
}

bool speaks_of_times(std::string_view message) {
  return contains(message, "'Expiration time' claim") || contains(message, "'Issued at' claim");
}

bool is_about_the_clock(const Facts& facts) {
  return blames_the_clock(facts.answer.status, facts.answer.body);
}

bool is_limit(const Facts& facts) {
  return facts.answer.status == 429 || facts.has("Retry-After") || facts.is_used_up() ||
         contains(facts.text, "rate limit") || contains(facts.text, "abuse detection") ||
         contains(facts.text,
                  "login attempts exceeded");  // too many bad credentials lock out good ones as well
}

bool is_suspended(const Facts& facts) {
  return facts.says("suspended");
}
bool is_blocked(const Facts& facts) {
  return facts.says("access blocked");
}
bool is_saml(const Facts& facts) {
  return facts.has("X-GitHub-SSO") || facts.says("SAML");
}
bool is_address(const Facts& facts) {
  return facts.says("IP allow list");
}
bool is_archived(const Facts& facts) {
  return facts.says("archived");
}
// Branch protection and rulesets answer with whatever status the operation has for a refusal.
bool is_protected(const Facts& facts) {
  return facts.says("rule violations") || facts.says("protected branch") ||
         facts.says("required status check") || facts.says("GH006:") || facts.says("GH013:");
}

bool is_permission(const Facts& facts) {
  if (facts.says("not accessible by integration")) return true;
  // The field comes with most answers; this value says that no permission is needed.
  const std::string_view accepted = facts.field("x-accepted-github-permissions");
  return !accepted.empty() && !contains(accepted, "allows_permissionless_access");
}

bool names_permissions(const Facts& facts) {
  return facts.says("permission");
}
bool names_repositories(const Facts& facts) {
  return facts.says("repositor");
}

constexpr unsigned kMint = static_cast<unsigned>(Purpose::kMint);
constexpr unsigned kLookUp = static_cast<unsigned>(Purpose::kLookUp);
constexpr unsigned kApp = static_cast<unsigned>(Purpose::kApp);
constexpr unsigned kResource = static_cast<unsigned>(Purpose::kResource);
constexpr unsigned kJwt = kMint | kLookUp | kApp;
constexpr unsigned kAny = kJwt | kResource;

struct Row {
  unsigned purposes;
  int from, to;  // statuses, both included
  bool (*applies)(const Facts&);
  ErrorCode code;
  Fix fix;
  std::string_view message;
};

// First match wins. What blocks an answer for a reason of its own (SAML, archived, …) stands before the
// permissions field, which GitHub sends along whatever the reason is.
constexpr std::array kRows = std::to_array<Row>({
    {kAny, 500, 599, always, ErrorCode::kUpstreamUnavailable, Fix::kWait, "GitHub is having trouble"},
    {kJwt, 401, 401, is_about_the_clock, ErrorCode::kUpstreamAuth, Fix::kOperator,
     "GitHub refused the App's JWT for its times: this machine's clock and GitHub's disagree"},
    {kJwt, 401, 401, always, ErrorCode::kUpstreamAuth, Fix::kOperator,
     "GitHub refused the App's JWT: the App id and the private key do not belong together, or the key was "
     "deleted"},
    {kResource, 401, 401, always, ErrorCode::kUpstreamAuth, Fix::kOperator, "GitHub refused the token"},
    {kAny, 403, 403, is_limit, ErrorCode::kRateLimited, Fix::kWait, ""},
    {kAny, 429, 429, is_limit, ErrorCode::kRateLimited, Fix::kWait, ""},
    {kAny, 403, 403, is_suspended, ErrorCode::kInstallationSuspended, Fix::kOperator,
     "the App's installation is suspended"},
    {kAny, 403, 403, is_blocked, ErrorCode::kBlocked, Fix::kGitHub,
     "GitHub has blocked access to the repository"},
    {kAny, 403, 403, is_saml, ErrorCode::kForbidden, Fix::kOperator,
     "the organisation's SAML enforcement refuses this"},
    {kAny, 403, 403, is_address, ErrorCode::kForbidden, Fix::kOperator,
     "the organisation's IP allow list does not have hubwarden's address"},
    {kAny, 403, 403, is_archived, ErrorCode::kForbidden, Fix::kOperator, "the repository is archived"},
    {kAny, 403, 403, is_protected, ErrorCode::kForbidden, Fix::kOperator,
     "a rule of the repository refuses this"},
    {kAny, 403, 403, is_permission, ErrorCode::kPermissionNotGranted, Fix::kOperator,
     "the App lacks a permission that this needs"},
    {kAny, 403, 403, always, ErrorCode::kForbidden, Fix::kOperator, "GitHub refuses this to the App"},
    {kMint | kLookUp, 404, 404, always, ErrorCode::kAppNotInstalled, Fix::kOperator,
     "the App is not installed there, or there is no such owner or repository"},
    {kApp, 404, 404, always, ErrorCode::kUpstreamAuth, Fix::kOperator, "GitHub does not know this App"},
    {kResource, 404, 404, always, ErrorCode::kNotFound, Fix::kCaller,
     "GitHub has nothing there, or nothing that this token may see"},
    {kMint, 422, 422, names_permissions, ErrorCode::kPermissionNotGranted, Fix::kOperator,
     "the App's installation lacks a permission that was asked for"},
    {kMint, 422, 422, names_repositories, ErrorCode::kAppNotInstalled, Fix::kOperator,
     "the App's installation was not given this repository"},
    {kResource, 405, 422, is_protected, ErrorCode::kForbidden, Fix::kOperator,
     "a rule of the repository refuses this"},
    {kResource, 400, 400, always, ErrorCode::kInvalidRequest, Fix::kCaller,
     "GitHub could not read the request"},
    {kResource, 422, 422, always, ErrorCode::kInvalidRequest, Fix::kCaller,
     "GitHub refused the request's values"},
    {kResource, 402, 402, always, ErrorCode::kForbidden, Fix::kOperator, "GitHub wants this to be paid for"},
    // Of a merge: the pull request cannot be merged as it stands. A wrong method is a 404.
    {kResource, 405, 405, always, ErrorCode::kConflict, Fix::kCaller,
     "GitHub does not do this as things stand"},
    {kResource, 406, 406, always, ErrorCode::kInvalidRequest, Fix::kCaller,
     "GitHub does not give this in the form that was asked for"},
    {kResource, 409, 409, always, ErrorCode::kConflict, Fix::kCaller, "this conflicts with what GitHub has"},
    {kResource, 412, 412, always, ErrorCode::kConflict, Fix::kCaller,
     "what GitHub has is not what the request expects"},
    {kResource, 410, 410, always, ErrorCode::kGone, Fix::kCaller, "this is switched off, or gone for good"},
    {kResource, 413, 414, always, ErrorCode::kTooLarge, Fix::kCaller, "the request is too large for GitHub"},
    {kResource, 415, 415, always, ErrorCode::kUnsupportedMediaType, Fix::kCaller,
     "GitHub does not take this media type here"},
    {kAny, 451, 451, always, ErrorCode::kBlocked, Fix::kGitHub,
     "GitHub has blocked access to the repository"},
    {kAny, 300, 399, always, ErrorCode::kUpstreamProtocol, Fix::kGitHub,
     "GitHub pointed elsewhere, where this request may not follow"},
    {kAny, 0, 999, always, ErrorCode::kUpstreamProtocol, Fix::kGitHub,
     "GitHub gave an answer that its API does not have"},
});

const Row& row_for(const Facts& facts) {
  const auto* row = std::ranges::find_if(kRows, [&](const Row& r) {
    return (r.purposes & static_cast<unsigned>(facts.answer.purpose)) != 0 && facts.answer.status >= r.from &&
           facts.answer.status <= r.to && r.applies(facts);
  });
  HW_CHECK(row != kRows.end());
  return *row;
}

// Retry-After: seconds, or a date (RFC 9110, 10.2.3).
std::optional<Duration> retry_after(const Facts& facts) {
  const std::string_view value = facts.field("Retry-After");
  if (const auto seconds = parse_number<std::uint32_t>(value)) return std::chrono::seconds(*seconds);
  // A date before now, however far, is no wait; the difference to 1678 would not fit.
  if (const auto date = parse_http_date(value)) return std::max(*date, facts.answer.now) - facts.answer.now;
  return std::nullopt;
}

std::chrono::seconds bounded(Duration wait) {
  return std::clamp(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1), kLongestWait);
}

Error limited(const Facts& facts) {
  const bool is_secondary = contains(facts.text, "secondary rate") || contains(facts.text, "abuse detection");
  const bool is_primary =
      !is_secondary && (facts.is_used_up() || contains(facts.text, "API rate limit exceeded"));
  std::optional<Duration> wait = retry_after(facts);
  if (!wait && (is_primary || facts.is_used_up())) {
    if (const auto reset = rate_limit_reset(facts.answer.fields)) wait = *reset - facts.answer.now;
  }
  return Error(ErrorCode::kRateLimited, is_primary
                                            ? "GitHub's primary rate limit for this installation is used up"
                                            : "GitHub's secondary rate limit holds this off")
      .with_limit(is_primary ? Limit::kPrimary : Limit::kSecondary)
      .with_retry_after(bounded(wait.value_or(kUnnamedWait)));
}

Error refused(const Facts& facts, const Row& row) {
  if (row.code == ErrorCode::kRateLimited) return limited(facts);
  std::string message(row.message);
  if (row.code == ErrorCode::kPermissionNotGranted) {
    const std::string accepted = printable(facts.field("x-accepted-github-permissions"), kMaxNamed);
    const std::string_view named =
        accepted.empty() ? facts.answer.asked.substr(0, kMaxNamed) : std::string_view(accepted);
    if (!named.empty()) message.append(": ").append(named);
  }
  if (row.code == ErrorCode::kBlocked) {
    const std::string reason = block_reason_in(facts.answer.body);
    if (!reason.empty()) message.append(": ").append(reason);
  }
  Error error = Error(row.code, std::move(message)).with_fix(row.fix);
  if (row.applies == is_about_the_clock) error = std::move(error).with_blamed_clock();
  const std::optional<Duration> wait = retry_after(facts);
  if (row.code != ErrorCode::kUpstreamUnavailable || !wait) return error;
  return std::move(error).with_retry_after(bounded(*wait));
}

}  // namespace

Result<> classify(const Answer& answer) {
  if ((answer.status >= 200 && answer.status <= 299) || answer.status == 304) return {};
  const Facts facts(answer);
  return std::unexpected(refused(facts, row_for(facts))
                             .with_upstream_status(answer.status)
                             .with_detail(without_tokens(facts.message)));
}

bool may_be_replication_lag(const Error& error) {
  switch (error.upstream_status().value_or(0)) {
    case 401:
    case 404: return true;
    case 403: return error.code() == ErrorCode::kPermissionNotGranted;
    default: return false;
  }
}

bool blames_the_clock(int status, std::string_view body) {
  return status == 401 && speaks_of_times(message_in(body));
}

}  // namespace hubwarden::github
