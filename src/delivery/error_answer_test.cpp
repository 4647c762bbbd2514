#include "delivery/error_answer.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/fake_request.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using testing::Answered;

struct Row {
  ErrorCode code;
  int status;
  int token_status;
};

// docs/errors.md, "Codes" and "The token endpoints".
constexpr Row kRows[] = {
    {ErrorCode::kInvalidRequest, 400, 400},
    {ErrorCode::kUnauthenticated, 401, 401},
    {ErrorCode::kForbidden, 403, 403},
    {ErrorCode::kOperationNotAllowed, 403, 500},
    {ErrorCode::kPermissionNotGranted, 403, 500},
    {ErrorCode::kNotFound, 404, 500},
    {ErrorCode::kNotConfigured, 404, 404},
    {ErrorCode::kAppNotInstalled, 404, 500},
    {ErrorCode::kConflict, 409, 500},
    {ErrorCode::kGone, 410, 500},
    {ErrorCode::kTooLarge, 413, 413},
    {ErrorCode::kUnsupportedMediaType, 415, 415},
    {ErrorCode::kBudgetExceeded, 429, 429},
    {ErrorCode::kRateLimited, 429, 500},
    {ErrorCode::kInstallationSuspended, 503, 500},
    {ErrorCode::kUpstreamAuth, 502, 500},
    {ErrorCode::kUpstreamProtocol, 502, 500},
    {ErrorCode::kUpstreamUnavailable, 503, 500},
    {ErrorCode::kUpstreamTimeout, 504, 500},
    {ErrorCode::kBlocked, 451, 500},
    {ErrorCode::kUnavailable, 503, 500},
    {ErrorCode::kInternal, 500, 500},
};

TEST(ErrorAnswer, GivesEveryCodeItsStatus) {
  std::set<ErrorCode> seen;
  for (const Row& row : kRows) {
    EXPECT_EQ(status_of(row.code), row.status) << to_string(row.code);
    EXPECT_EQ(token_status_of(Error(row.code, "x")), row.token_status) << to_string(row.code);
    EXPECT_EQ(token_status_of(Error(row.code, "x").with_upstream_status(403)), 500)
        << to_string(row.code) << ": GitHub's refusal is none of the caller's doing";
    seen.insert(row.code);
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(ErrorCode::kInternal) + 1) << "a code without a row";
}

TEST(ErrorAnswer, IsSharedByAllErrorsInItsShape) {
  Error error(ErrorCode::kRateLimited, "used up");
  error = std::move(error).with_detail("API rate limit exceeded").with_retry_after(37s);
  error = std::move(error).with_limit(Limit::kPrimary).with_upstream_status(403);
  const Answered answer(error_answer(error, "01JD9Z"));
  EXPECT_EQ(answer.status, 429);
  const boost::json::object wanted = {{"error", "rate_limited"}, {"message", "used up"},
                                      {"fix", "wait"},           {"detail", "API rate limit exceeded"},
                                      {"limit", "primary"},      {"retry_after", 37},
                                      {"upstream_status", 403},  {"request_id", "01JD9Z"}};
  EXPECT_EQ(answer.json(), wanted);
  EXPECT_EQ(answer.field("Retry-After"), "37");
  EXPECT_EQ(answer.field("Content-Type"), "application/json");
}

TEST(ErrorAnswer, LeavesOutWhatIsNotKnown) {
  const Answered answer(error_answer(Error(ErrorCode::kNotFound, "nothing there"), "id"));
  const boost::json::object wanted = {
      {"error", "not_found"}, {"message", "nothing there"}, {"fix", "caller"}, {"request_id", "id"}};
  EXPECT_EQ(answer.json(), wanted);
  EXPECT_EQ(answer.fields.find("Retry-After"), std::nullopt);
}

TEST(ErrorAnswer, IsNeverStoredAndAsksForABearerWhereOneIsMissing) {
  for (const Row& row : kRows) {
    const Answered answer(error_answer(Error(row.code, "x"), "id"));
    EXPECT_EQ(answer.field("Cache-Control"), "no-store") << to_string(row.code);
    EXPECT_EQ(answer.field("WWW-Authenticate").starts_with("Bearer"), row.status == 401)
        << to_string(row.code);
  }
}

TEST(ErrorAnswer, KeepsHostileTextInsideItsMember) {
  const std::string hostile = "\",\"error\":\"internal\"}\r\nSet-Cookie: x";
  const Answered answer(error_answer(Error(ErrorCode::kInvalidRequest, hostile), hostile));
  EXPECT_EQ(answer.text("message"), hostile);
  EXPECT_EQ(answer.text("error"), "invalid_request");
  EXPECT_EQ(answer.fields.find("Set-Cookie"), std::nullopt);
}

}  // namespace
}  // namespace hubwarden::delivery
