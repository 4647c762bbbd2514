// What each of the seven short names takes: GitHub's bounds as its API description and its answers tell them.

#include <array>

#include "base/check.h"
#include "delivery/operations/typed_parameters.h"

namespace hubwarden::delivery {
namespace {

using catalogue::ShortName;
using enum Kind;
using enum Place;

constexpr std::int64_t kMaxNumber = 2'147'483'647;  // issues and pull requests, far beyond any repository's
constexpr std::int64_t kMaxPage = 1'000'000;
constexpr std::int64_t kMaxTitle = 256;        // characters; GitHub refuses more
constexpr std::int64_t kMaxMarkdown = 65'536;  // characters of a body; GitHub refuses more
constexpr std::int64_t kMaxSummary = 65'535;   // of a check run's output
constexpr std::int64_t kMaxLabels = 100;
constexpr std::int64_t kMaxAssignees = 10;
constexpr std::int64_t kMaxShort = 255;

constexpr TypedParameter kPullNumber{"pull_number", kPath, kInteger, true, 1, kMaxNumber};
constexpr TypedParameter kPage{"page", kQuery, kInteger, false, 1, kMaxPage};
constexpr TypedParameter kPerPage{"per_page", kQuery, kInteger, false, 1, 100};

constexpr std::array kPullRequestMetadata = {kPullNumber};
constexpr std::array kPullRequestFiles = {kPullNumber, kPage, kPerPage};

constexpr std::array kRepositoryIssues = {
    TypedParameter{"milestone", kQuery, kLine, false, 1, 20},
    TypedParameter{"state", kQuery, kChoice, false, 0, 0, "open|closed|all"},
    TypedParameter{"assignee", kQuery, kLine, false, 1, 50},
    TypedParameter{"creator", kQuery, kLine, false, 1, 50},
    TypedParameter{"mentioned", kQuery, kLine, false, 1, 50},
    TypedParameter{"labels", kQuery, kNames, false, 1, kMaxLabels},
    TypedParameter{"sort", kQuery, kChoice, false, 0, 0, "created|updated|comments"},
    TypedParameter{"direction", kQuery, kChoice, false, 0, 0, "asc|desc"},
    TypedParameter{"since", kQuery, kTime},
    kPage,
    kPerPage,
};

constexpr std::array kCreateIssue = {
    TypedParameter{"title", kBody, kLine, true, 1, kMaxTitle},
    TypedParameter{"body", kBody, kText, false, 0, kMaxMarkdown},
    TypedParameter{"labels", kBody, kLines, false, 0, kMaxLabels},
    TypedParameter{"assignees", kBody, kLines, false, 0, kMaxAssignees},
    TypedParameter{"milestone", kBody, kInteger, false, 1, kMaxNumber},
};

constexpr std::array kCreateComment = {
    // To GitHub a pull request is an issue here.
    TypedParameter{"pull_number", kPath, kInteger, true, 1, kMaxNumber, {}, {}, "issue_number"},
    TypedParameter{"body", kBody, kText, true, 1, kMaxMarkdown},
};

constexpr std::array kAnnotation = {
    TypedParameter{"path", kBody, kLine, true, 1, 4096},
    TypedParameter{"start_line", kBody, kInteger, true, 1, kMaxNumber},
    TypedParameter{"end_line", kBody, kInteger, true, 1, kMaxNumber},
    TypedParameter{"start_column", kBody, kInteger, false, 1, kMaxNumber},
    TypedParameter{"end_column", kBody, kInteger, false, 1, kMaxNumber},
    TypedParameter{"annotation_level", kBody, kChoice, true, 0, 0, "notice|warning|failure"},
    TypedParameter{"message", kBody, kText, true, 1, kMaxMarkdown},
    TypedParameter{"title", kBody, kLine, false, 1, kMaxShort},
    TypedParameter{"raw_details", kBody, kText, false, 1, kMaxMarkdown},
};

constexpr std::array kImage = {
    TypedParameter{"alt", kBody, kLine, true, 1, kMaxShort},
    TypedParameter{"image_url", kBody, kUrl, true},
    TypedParameter{"caption", kBody, kLine, false, 1, kMaxShort},
};

constexpr std::array kOutput = {
    TypedParameter{"title", kBody, kLine, true, 1, kMaxShort},
    TypedParameter{"summary", kBody, kText, true, 1, kMaxSummary},
    TypedParameter{"text", kBody, kText, false, 0, kMaxSummary},
    TypedParameter{"annotations", kBody, kObjects, false, 0, 50, {}, kAnnotation},
    TypedParameter{"images", kBody, kObjects, false, 0, 100, {}, kImage},
};

constexpr std::array kAction = {
    TypedParameter{"label", kBody, kLine, true, 1, 20},
    TypedParameter{"description", kBody, kLine, true, 1, 40},
    TypedParameter{"identifier", kBody, kLine, true, 1, 20},
};

constexpr std::array kCreateCheckRun = {
    TypedParameter{"name", kBody, kLine, true, 1, kMaxShort},
    TypedParameter{"head_sha", kBody, kSha, true},
    TypedParameter{"details_url", kBody, kUrl},
    TypedParameter{"external_id", kBody, kLine, false, 1, kMaxShort},
    TypedParameter{"status", kBody, kChoice, false, 0, 0, "queued|in_progress|completed"},
    TypedParameter{"started_at", kBody, kTime},
    // `stale` is GitHub's to give.
    TypedParameter{"conclusion", kBody, kChoice, false, 0, 0,
                   "action_required|cancelled|failure|neutral|success|skipped|timed_out"},
    TypedParameter{"completed_at", kBody, kTime},
    TypedParameter{"output", kBody, kObject, false, 0, 0, {}, kOutput},
    TypedParameter{"actions", kBody, kObjects, false, 0, 3, {}, kAction},
};

}  // namespace

std::span<const TypedParameter> parameters_of(ShortName name) {
  switch (name) {
    case ShortName::kPullRequestMetadata: return kPullRequestMetadata;
    case ShortName::kPullRequestFiles: return kPullRequestFiles;
    case ShortName::kRepositoryMetadata: return {};
    case ShortName::kRepositoryIssues: return kRepositoryIssues;
    case ShortName::kCreateIssue: return kCreateIssue;
    case ShortName::kCreatePullRequestComment: return kCreateComment;
    case ShortName::kCreateCheckRun: return kCreateCheckRun;
  }
  HW_CHECK(false);
}

Result<> check_together(ShortName name, const Placed& placed) {
  if (name != ShortName::kCreateCheckRun) return {};
  const boost::json::value* const status = placed.body.if_contains("status");
  const bool has_conclusion = placed.body.contains("conclusion");
  if (status != nullptr && (status->get_string() == "completed") != has_conclusion) {
    return fail(ErrorCode::kInvalidRequest,
                "a check run has a \"conclusion\" if and only if its \"status\" is completed");
  }
  if (!has_conclusion && placed.body.contains("completed_at")) {
    return fail(ErrorCode::kInvalidRequest, "\"completed_at\" needs a \"conclusion\"");
  }
  return {};
}

}  // namespace hubwarden::delivery
