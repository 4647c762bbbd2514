#include "delivery/identity/approval_routes.h"

#include <optional>
#include <string>
#include <utility>

#include "auth/bearer.h"
#include "delivery/error_answer.h"
#include "delivery/identity/approval_json.h"
#include "delivery/json_answer.h"
#include "delivery/json_body.h"
#include "delivery/query.h"

namespace hubwarden::delivery {
namespace {

struct WantedPage {
  WantedPage(auth::ApprovalPageRequest page_, std::optional<store::ApprovalState> state_)
      : page(std::move(page_)), state(state_) {}
  auth::ApprovalPageRequest page;
  std::optional<store::ApprovalState> state;
};

Result<std::optional<store::ApprovalState>> state_of(const Query& query) {
  const Result<std::optional<std::string>> text = query.one("state");
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::nullopt;
  const std::optional<store::ApprovalState> state = store::parse_approval_state(**text);
  if (state) return state;
  return fail(ErrorCode::kInvalidRequest, "state must be pending, approved, denied, used or expired");
}

Result<WantedPage> page_of(const http::Request& request) {
  const Result<Query> query = Query::parse(request.query(), {"limit", "cursor", "state"});
  if (!query) return std::unexpected(query.error());
  const Result<std::optional<std::string>> limit = query->one("limit");
  if (!limit) return std::unexpected(limit.error());
  const Result<std::optional<std::string>> cursor = query->one("cursor");
  if (!cursor) return std::unexpected(cursor.error());
  Result<auth::ApprovalPageRequest> page = auth::ApprovalPageRequest::parse(*limit, *cursor);
  if (!page) return std::unexpected(page.error());
  const Result<std::optional<store::ApprovalState>> state = state_of(*query);
  if (!state) return std::unexpected(state.error());
  return WantedPage(*std::move(page), *state);
}

// Nothing at all is a body, too: most people give no reason.
http::Task<Result<std::string>> reason_in(http::Request& request) {
  request.set_body_limit(ApprovalRoutes::kMaxBody);
  if (!request.fields().find("Content-Type")) {
    const Result<std::string> text = co_await http::read_all(request.body(), ApprovalRoutes::kMaxBody);
    if (!text) co_return std::unexpected(text.error());
    if (text->empty()) co_return std::string();
    co_return fail(ErrorCode::kUnsupportedMediaType, "the body must be application/json");
  }
  const Result<std::string> text = co_await json_text(request);
  if (!text) co_return std::unexpected(text.error());
  co_return parse_reason(*text);
}

}  // namespace

http::Task<Result<auth::ApprovalReader>> ApprovalRoutes::who_asks(const http::Request& request) const {
  if (parts_.gate.shows_admin(request)) co_return auth::Operator();
  const Result<std::string_view> bearer = auth::bearer_of(request.fields());
  if (!bearer) co_return std::unexpected(parts_.throttle.refused(request));
  if (parts_.sessions.authenticate(*bearer)) {
    Result<auth::SessionPtr> session = parts_.gate.session(request);
    if (!session) co_return std::unexpected(session.error());
    co_return *std::move(session);
  }
  const auto timeout = std::chrono::duration_cast<SteadyPoint::duration>(timeout_);
  net::Task<Result<auth::Person>> identifying = auth::identify_person(
      parts_.sessions.authority(), Secret(*bearer), parts_.clock, parts_.clock.steady_now() + timeout);
  Result<auth::Person> person = co_await std::move(identifying);
  if (person) co_return *std::move(person);
  if (person.error().code() != ErrorCode::kUnauthenticated) co_return std::unexpected(person.error());
  co_return std::unexpected(parts_.throttle.refused(request, person.error()));
}

http::Task<http::Response> ApprovalRoutes::list_them(http::Request& request) {
  http::Task<Result<auth::ApprovalReader>> asking = who_asks(request);
  Result<auth::ApprovalReader> reader = co_await std::move(asking);
  if (!reader) co_return error_answer(reader.error(), request.id());
  const Result<WantedPage> wanted = page_of(request);
  if (!wanted) co_return error_answer(wanted.error(), request.id());
  net::Task<Result<auth::ApprovalPage>> listing =
      parts_.approvals.list(wanted->page, wanted->state, *std::move(reader));
  const Result<auth::ApprovalPage> page = co_await std::move(listing);
  if (!page) co_return error_answer(page.error(), request.id());
  co_return json_answer(200, to_json(*page, parts_.clock.now()));
}

http::Task<http::Response> ApprovalRoutes::get_it(http::Request& request, std::string id) {
  http::Task<Result<auth::ApprovalReader>> asking = who_asks(request);
  Result<auth::ApprovalReader> reader = co_await std::move(asking);
  if (!reader) co_return error_answer(reader.error(), request.id());
  const Result<store::ApprovalId> parsed = store::parse_approval_id(id);
  if (!parsed) co_return error_answer(parsed.error(), request.id());
  net::Task<Result<store::Approval>> finding = parts_.approvals.get(*parsed, *std::move(reader));
  const Result<store::Approval> found = co_await std::move(finding);
  if (!found) co_return error_answer(found.error(), request.id());
  co_return json_answer(200, to_json_with_parameters(*found, parts_.clock.now()));
}

http::Task<http::Response> ApprovalRoutes::decide_it(http::Request& request, std::string id,
                                                     Verdict verdict) {
  http::Task<Result<auth::ApprovalReader>> asking = who_asks(request);
  Result<auth::ApprovalReader> reader = co_await std::move(asking);
  if (!reader) co_return error_answer(reader.error(), request.id());
  const Result<store::ApprovalId> parsed = store::parse_approval_id(id);
  if (!parsed) co_return error_answer(parsed.error(), request.id());
  http::Task<Result<std::string>> reading = reason_in(request);
  Result<std::string> reason = co_await std::move(reading);
  if (!reason) co_return error_answer(reason.error(), request.id());
  auth::ApprovalAnswer answer(verdict == Verdict::kYes, *std::move(reader));
  answer.reason = *std::move(reason);
  answer.request_id = request.id();
  net::Task<Result<store::Approval>> deciding =
      parts_.approvals.decide(*parsed, std::move(answer), parts_.sessions);
  const Result<store::Approval> decided = co_await std::move(deciding);
  if (!decided) co_return error_answer(decided.error(), request.id());
  co_return json_answer(200, to_json(*decided, parts_.clock.now()));
}

}  // namespace hubwarden::delivery
