// Every answer of GitHub's that docs/github-facts.md knows (§1.7, §2.6, §5, §6), and what it means.

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "base/time_text.h"
#include "github/answers.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;

const TimePoint kNow = *parse_rfc3339("2026-11-22T12:00:00Z");

// One line, one answer. Columns: what was asked (J: all that is asked with the App's JWT) | statuses | fields
// | body | code | fix | retry_after, and for limits which one. A body in quotes is the message of GitHub's
// JSON document, other words are those of bodies(). In fields, +90 and date+20 are seconds from now.
constexpr std::string_view kTable = R"table(
mint     | 400 |                                       | "Problems parsing JSON"         | upstream_protocol      | github   |
mint     | 400 |                                       | "Body should be a JSON object"  | upstream_protocol      | github   |
J        | 401 |                                       | "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires" | upstream_auth | operator |
J        | 401 |                                       | "'Expiration time' claim ('exp') is too far in the future" | upstream_auth | operator |
J        | 401 |                                       | "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued" | upstream_auth | operator |
J        | 401 |                                       | "A JSON web token could not be decoded" | upstream_auth  | operator |
J        | 401 |                                       | "'Issuer' claim ('iss') must be an Integer" | upstream_auth | operator |
J        | 401 |                                       | "Bad credentials"               | upstream_auth          | operator |
J        | 401 |                                       | empty                           | upstream_auth          | operator |
J        | 401 | Retry-After: 5 & x-ratelimit-remaining: 0 | html                        | upstream_auth          | operator |
J        | 403 |                                       | "This installation has been suspended" | installation_suspended | operator |
J        | 403 |                                       | allow-list                      | forbidden              | operator |
J        | 403 | Retry-After: 60                       | "This installation has been suspended" | rate_limited    | wait     | secondary 60
J        | 403 |                                       | html                            | forbidden              | operator |
mint     | 404 |                                       | "Not Found"                     | app_not_installed      | operator |
look-up  | 404 |                                       | "Not Found"                     | app_not_installed      | operator |
look-up  | 404 | x-ratelimit-remaining: 0              | "Not Found"                     | app_not_installed      | operator |
look-up  | 404 |                                       | html                            | app_not_installed      | operator |
app      | 404 |                                       | "Integration not found"         | upstream_auth          | operator |
look-up  | 301 | Location: https://elsewhere.example   | "Moved Permanently"             | upstream_protocol      | github   |
mint     | 301,302,307,308 | Location: https://elsewhere.example | empty                     | upstream_protocol      | github   |
J        | 409 |                                       | "Conflict"                      | upstream_protocol      | github   |
J        | 410 |                                       | "This API version is not supported" | upstream_protocol  | github   |
mint     | 422 |                                       | "There is at least one repository that does not exist or is not accessible to the parent installation." | app_not_installed | operator |
mint     | 422 |                                       | "The permissions requested are not granted to this installation." | permission_not_granted | operator |
mint     | 422 |                                       | "The level of access for permissions requested are not granted to this installation." | permission_not_granted | operator |
mint     | 422 |                                       | "Validation Failed"             | upstream_protocol      | github   |
mint     | 422 |                                       | empty                           | upstream_protocol      | github   |
mint     | 422 |                                       | cut                             | upstream_protocol      | github   |
look-up  | 422 |                                       | "Validation Failed"             | upstream_protocol      | github   |
J        | 451 |                                       | "Repository access blocked"     | blocked                | github   |
J        | 500,502 |                                   | "Server Error"                  | upstream_unavailable   | wait     |
J        | 503 |                                       | html                            | upstream_unavailable   | wait     |
J        | 503 | Retry-After: 60 & x-ratelimit-remaining: 0 | html                       | upstream_unavailable   | wait     | 60

resource | 400 |                                       | "Problems parsing JSON"         | invalid_request        | caller   |
resource | 400 |                                       | "Body should be a JSON object"  | invalid_request        | caller   |
resource | 400 |                                       | html                            | invalid_request        | caller   |
resource | 401 |                                       | "Bad credentials"               | upstream_auth          | operator |
resource | 401 |                                       | "Requires authentication"       | upstream_auth          | operator |
resource | 401 | Retry-After: 60 & x-ratelimit-remaining: 0 | empty                      | upstream_auth          | operator |
resource | 402 |                                       | "Payment required"              | forbidden              | operator |
resource | 403 |                                       | "Resource not accessible by integration" | permission_not_granted | operator |
resource | 403 | x-accepted-github-permissions: contents=write,workflows=write; contents=read | "Resource not accessible by integration" | permission_not_granted | operator |
resource | 403 | x-accepted-github-permissions: allows_permissionless_access=true | "Resource not accessible by integration" | permission_not_granted | operator |
resource | 403 | x-accepted-github-permissions: administration=write | "Must have admin rights to Repository." | permission_not_granted | operator |
resource | 403 |                                       | "Must have admin rights to Repository." | forbidden      | operator |
resource | 403 | x-accepted-github-permissions: metadata=read | "Must have push access to view repository collaborators." | permission_not_granted | operator |
resource | 403 | x-accepted-github-permissions: allows_permissionless_access=true | "Must have push access to view repository collaborators." | forbidden | operator |
resource | 403 | x-accepted-github-permissions: contents=write | empty                   | permission_not_granted | operator |
resource | 403 |                                       | "This installation has been suspended" | installation_suspended | operator |
resource | 403 | x-accepted-github-permissions: contents=write | "Repository was archived so is read-only." | forbidden | operator |
resource | 403 | x-accepted-github-permissions: contents=write | "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization." | forbidden | operator |
resource | 403 | X-GitHub-SSO: required; url=https://x | "No."                           | forbidden              | operator |
resource | 403 | x-accepted-github-permissions: contents=read | allow-list                | forbidden              | operator |
resource | 403 | x-accepted-github-permissions: contents=write | "GH006: Protected branch update failed for refs/heads/main." | forbidden | operator |
resource | 403 | x-accepted-github-permissions: contents=write | "GH013: Repository rule violations found for refs/heads/main." | forbidden | operator |
resource | 403 | x-accepted-github-permissions: contents=write | "Repository rule violations found" | forbidden         | operator |
resource | 409 |                                       | "Repository rule violations found" | forbidden           | operator |
resource | 422 |                                       | "GH013: Repository rule violations found for refs/heads/main." | forbidden | operator |
resource | 422 |                                       | rule-in-errors                  | forbidden              | operator |
resource | 405,409 |                                   | "Required status check \"ci\" is expected." | forbidden  | operator |
resource | 403 |                                       | blocked                         | blocked                | github   |
resource | 451 |                                       | blocked                         | blocked                | github   |
resource | 451 |                                       | empty                           | blocked                | github   |
resource | 451 | Retry-After: 60 & x-ratelimit-remaining: 0 | html                       | blocked                | github   |
resource | 403 |                                       | "Missing or invalid User Agent string. See https://docs.github.com for more info." | forbidden | operator |
resource | 403 |                                       | empty                           | forbidden              | operator |
resource | 403 |                                       | cut                             | forbidden              | operator |
resource | 403 |                                       | binary                          | forbidden              | operator |
resource | 403 | x-ratelimit-remaining: 12             | html                            | forbidden              | operator |
resource | 404 |                                       | "Not Found"                     | not_found              | caller   |
resource | 404 | Retry-After: 5 & x-ratelimit-remaining: 0 & x-ratelimit-reset: +90 | "Not Found" | not_found      | caller   |
resource | 404 |                                       | "API rate limit exceeded"       | not_found              | caller   |
resource | 404 |                                       | html                            | not_found              | caller   |
resource | 405 |                                       | "Pull Request is not mergeable" | conflict               | caller   |
resource | 406 |                                       | "Sorry, the diff exceeded the maximum number of lines (20000)" | invalid_request | caller |
resource | 409 |                                       | "Git Repository is empty."      | conflict               | caller   |
resource | 409 |                                       | "Head branch was modified. Review and try the merge again." | conflict | caller |
resource | 410 |                                       | "Issues are disabled for this repo" | gone               | caller   |
resource | 412 |                                       | empty                           | conflict               | caller   |
resource | 413 |                                       | html                            | too_large              | caller   |
resource | 414 |                                       | html                            | too_large              | caller   |
resource | 415 |                                       | "Unsupported Media Type"        | unsupported_media_type | caller   |
resource | 422 |                                       | "Validation Failed"             | invalid_request        | caller   |
resource | 422 |                                       | validation                      | invalid_request        | caller   |
resource | 422 | Retry-After: 5 & x-ratelimit-remaining: 0 | "Validation Failed"         | invalid_request        | caller   |
resource | 422 |                                       | cut                             | invalid_request        | caller   |
resource | 500,502,504 |                               | "Server Error"                  | upstream_unavailable   | wait     |
resource | 502 |                                       | empty                           | upstream_unavailable   | wait     |
resource | 502 |                                       | cut                             | upstream_unavailable   | wait     |
resource | 503 | x-ratelimit-remaining: 0 & x-ratelimit-reset: +90 & x-accepted-github-permissions: contents=read | html | upstream_unavailable | wait |
resource | 503 | Retry-After: 120                      | "Maintenance"                   | upstream_unavailable   | wait     | 120
resource | 503 | Retry-After: date+20                  | html                            | upstream_unavailable   | wait     | 20
resource | 503 | Retry-After: soon                     | html                            | upstream_unavailable   | wait     |
resource | 503 | Retry-After: 4294967295               | html                            | upstream_unavailable   | wait     | 3600
resource | 500 |                                       | "You have exceeded a secondary rate limit." | upstream_unavailable | wait |
resource | 520,599 |                                   | html                            | upstream_unavailable   | wait     |
resource | 300,301,302,303,307,308 | Location: https://codeload.github.com/x | empty           | upstream_protocol      | github   |
resource | 418,428,431 |                               | empty                           | upstream_protocol      | github   |
resource | 0,100,101,600,999 |                         | empty                           | upstream_protocol      | github   |

any      | 403,429 | x-ratelimit-remaining: 0 & x-ratelimit-reset: +90 | "API rate limit exceeded for installation ID 48411." | rate_limited | wait | primary 90
any      | 403,429 | x-ratelimit-remaining: 0 & x-ratelimit-reset: +90 | empty           | rate_limited           | wait     | primary 90
any      | 403,429 | x-ratelimit-remaining: 0 & x-ratelimit-reset: +90 | html            | rate_limited           | wait     | primary 90
any      | 403 | x-ratelimit-reset: +90                | "API rate limit exceeded for user ID 5." | rate_limited  | wait     | primary 90
any      | 403 | x-ratelimit-remaining: 0 & x-ratelimit-reset: +-90 | "API rate limit exceeded" | rate_limited | wait     | primary 1
any      | 403 | x-ratelimit-remaining: 0              | "API rate limit exceeded"       | rate_limited           | wait     | primary 60
any      | 403 | x-ratelimit-remaining: 0 & x-ratelimit-reset: soon | empty          | rate_limited           | wait     | primary 60
any      | 403 | x-ratelimit-remaining: 0 & x-ratelimit-reset: 9000000000 | empty    | rate_limited           | wait     | primary 3600
any      | 403 | x-ratelimit-remaining: 0 & x-ratelimit-reset: 99999999999999999999 | empty | rate_limited        | wait     | primary 60
any      | 403 | Retry-After: 37 & x-ratelimit-remaining: 0 & x-ratelimit-reset: +90 | empty | rate_limited       | wait     | primary 37
any      | 403 | x-ratelimit-remaining: 0 & x-ratelimit-reset: +90 & x-accepted-github-permissions: contents=read | "API rate limit exceeded" | rate_limited | wait | primary 90
any      | 403,429 | Retry-After: 37                   | "You have exceeded a secondary rate limit. Please wait a few minutes before you try again." | rate_limited | wait | secondary 37
any      | 403,429 |                                   | "You have exceeded a secondary rate limit. Please wait a few minutes before you try again." | rate_limited | wait | secondary 60
any      | 403 | gh-limited-by: search-elapsed-time-shared-grouped | "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later." | rate_limited | wait | secondary 60
any      | 403 | x-ratelimit-remaining: 4000 & x-ratelimit-reset: +90 | "You have exceeded a secondary rate limit" | rate_limited | wait | secondary 60
any      | 403 | x-ratelimit-remaining: 0 & x-ratelimit-reset: +90 | "You have exceeded a secondary rate limit" | rate_limited | wait | secondary 90
any      | 403 |                                       | "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again." | rate_limited | wait | secondary 60
any      | 403 |                                       | html-abuse                      | rate_limited           | wait     | secondary 60
any      | 403 |                                       | "Maximum number of login attempts exceeded. Please try again later." | rate_limited | wait | secondary 60
any      | 403 | Retry-After: 37                       | empty                           | rate_limited           | wait     | secondary 37
any      | 403 | Retry-After: 37                       | cut                             | rate_limited           | wait     | secondary 37
any      | 403 | Retry-After: 5                        | "Resource not accessible by integration" | rate_limited  | wait     | secondary 5
any      | 429 |                                       | empty                           | rate_limited           | wait     | secondary 60
any      | 429 |                                       | html                            | rate_limited           | wait     | secondary 60
any      | 429 |                                       | binary                          | rate_limited           | wait     | secondary 60
any      | 429 | Retry-After: date+20                  | empty                           | rate_limited           | wait     | secondary 20
any      | 429 | Retry-After: date+-20                 | empty                           | rate_limited           | wait     | secondary 1
any      | 429 | Retry-After: Mon, 03 Jan 1678 00:00:00 GMT | empty                      | rate_limited           | wait     | secondary 1
any      | 429 | Retry-After: Fri, 31 Dec 9999 23:59:59 GMT | empty                      | rate_limited           | wait     | secondary 60
any      | 429 | Retry-After: 0                        | empty                           | rate_limited           | wait     | secondary 1
any      | 429 | Retry-After: -5                       | empty                           | rate_limited           | wait     | secondary 60
any      | 429 | Retry-After: 1.5                      | empty                           | rate_limited           | wait     | secondary 60
any      | 429 | Retry-After: 86400                    | empty                           | rate_limited           | wait     | secondary 3600
any      | 429 | Retry-After: 99999999999999999999     | empty                           | rate_limited           | wait     | secondary 60
)table";

const std::map<std::string_view, std::string>& bodies() {
  static const std::map<std::string_view, std::string> bodies = {
      {"empty", ""},
      {"html", "<!DOCTYPE html>\n<html><title>Unicorn! &middot; GitHub</title></html>"},
      {"html-abuse",
       "<html><title>Whoa there!</title><p>You have triggered an abuse detection mechanism.</html>"},
      {"cut", R"({"message":"Vali)"},
      {"binary", std::string("\x1f\x8b\x08\0\0\0\xff\xfe{", 9)},
      {"allow-list",
       R"({"message":"Although you appear to have the correct authorization credentials, the `ORG` organization has )"
       R"(an IP allow list enabled, and your IP address is not permitted to access this resource."})"},
      {"blocked",
       R"({"message":"Repository access blocked","block":{"reason":"dmca","created_at":"2026-01-01"}})"},
      {"rule-in-errors",
       R"({"message":"Validation Failed","errors":[{"message":"Repository rule violations found"}],"status":"422"})"},
      {"validation",
       R"({"message":"Validation Failed","errors":[{"resource":"Issue","field":"title","code":"missing_field"}]})"},
  };
  return bodies;
}

std::string body_of(std::string_view cell) {
  if (!cell.starts_with('"')) return bodies().at(cell);
  return R"({"message":)" + std::string(cell) +
         R"(,"documentation_url":"https://docs.github.com/rest","status":"0"})";
}

std::string field_value(std::string_view cell) {
  const bool is_date = cell.starts_with("date+");
  if (!is_date && !cell.starts_with('+')) return std::string(cell);
  const std::chrono::seconds offset(std::stoi(std::string(cell.substr(cell.find('+') + 1))));
  if (is_date) return http_date(kNow + offset);
  return std::to_string(std::chrono::system_clock::to_time_t(kNow + offset));
}

http::Fields fields_of(std::string_view cell) {
  http::Fields fields;
  for (const std::string_view part : split(cell, '&')) {
    const std::size_t colon = part.find(": ");
    if (colon == std::string_view::npos) continue;
    fields.add(trim(part.substr(0, colon)), field_value(trim(part.substr(colon + 2))));
  }
  return fields;
}

std::vector<Purpose> purposes_of(std::string_view cell) {
  if (cell == "mint") return {Purpose::kMint};
  if (cell == "look-up") return {Purpose::kLookUp};
  if (cell == "app") return {Purpose::kApp};
  if (cell == "resource") return {Purpose::kResource};
  std::vector<Purpose> all = {Purpose::kMint, Purpose::kLookUp, Purpose::kApp};
  if (cell == "any") all.push_back(Purpose::kResource);
  return all;
}

// "primary 90", "60" or nothing.
std::string waits_of(const Error& error) {
  std::string text(error.limit() ? to_string(*error.limit()) : "");
  if (error.retry_after()) text += " " + std::to_string(error.retry_after()->count());
  return std::string(trim(text));
}

std::vector<std::vector<std::string_view>> rows() {
  std::vector<std::vector<std::string_view>> rows;
  for (const std::string_view line : split(kTable, '\n')) {
    if (line.empty()) continue;
    std::vector<std::string_view> cells;
    for (const std::string_view cell : split(line, '|')) cells.push_back(trim(cell));
    rows.push_back(std::move(cells));
  }
  return rows;
}

TEST(AnswersTable, SaysWhatEachAnswerMeans) {
  for (const auto& row : rows()) {
    ASSERT_EQ(row.size(), 7U) << row[0] << " " << row[1] << " " << row[3];
    const http::Fields fields = fields_of(row[2]);
    const std::string body = body_of(row[3]);
    for (const Purpose purpose : purposes_of(row[0])) {
      for (const std::string_view status_text : split(row[1], ',')) {
        SCOPED_TRACE(std::string(row[0]) + " " + std::string(status_text) + " " + std::string(row[2]) + " " +
                     body);
        const int status = *parse_number<int>(status_text);
        const Result<> meaning = classify(Answer(purpose, http::Method::kGet, status, fields, body, kNow));
        ASSERT_FALSE(meaning.has_value());
        EXPECT_EQ(to_string(meaning.error().code()), row[4]);
        EXPECT_EQ(to_string(meaning.error().fix()), row[5]);
        EXPECT_EQ(waits_of(meaning.error()), row[6]);
        EXPECT_EQ(meaning.error().upstream_status(), status);
      }
    }
  }
}

TEST(AnswersTable, HasManyAnswersAndNoneTwice) {
  std::set<std::vector<std::string_view>> answers;
  for (const auto& row : rows()) answers.insert({row.begin(), row.begin() + 4});
  EXPECT_EQ(answers.size(), rows().size());
  EXPECT_GE(answers.size(), 130U);
}

TEST(AnswersTable, TakesEverySuccessAsSuch) {
  for (const int status : {200, 201, 202, 204, 205, 206, 207, 304}) {
    for (const std::string_view fields : {"", "x-ratelimit-remaining: 0", "Retry-After: 60"}) {
      const http::Fields with = fields_of(fields);
      for (const auto& [name, body] : bodies()) {
        const Answer answer(Purpose::kResource, http::Method::kGet, status, with, body, kNow);
        EXPECT_TRUE(classify(answer).has_value()) << status << fields << name;
      }
    }
  }
}

// What a body cannot change: a page, a piece or nothing at all means what its status and fields say.
TEST(AnswersTable, MeansTheSameWithoutAReadableBody) {
  for (const Purpose purpose : purposes_of("any")) {
    for (int status = 300; status < 600; ++status) {
      if (status == 304) continue;
      const auto code_with = [&](std::string_view body) {
        const http::Fields none;
        return classify(Answer(purpose, http::Method::kGet, status, none, bodies().at(body), kNow))
            .error()
            .code();
      };
      for (const std::string_view body : {"html", "cut", "binary"}) {
        EXPECT_EQ(code_with(body), code_with("empty")) << status << body;
      }
    }
  }
}

}  // namespace
}  // namespace hubwarden::github
