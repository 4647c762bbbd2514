#include "store/postgres_approvals.h"

#include <string>
#include <utility>

#include "base/text.h"
#include "store/record_text.h"

namespace hubwarden::store {
namespace {

constexpr PostgresStatement kInsert = {
    "insert_approval",
    "INSERT INTO approvals (id, holder, idempotency_key, request, agent, session, rule, asks, repository, "
    "operation, parameters, ttl, created_at, expires_at, state, decided_by, decided_as, reason, decided_at) "
    "VALUES ($1, $2, $3, decode($4, 'hex'), $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, "
    "$19) ON CONFLICT DO NOTHING"};
constexpr PostgresStatement kCountPending = {
    "count_pending_approvals",
    "SELECT count(*), count(*) FILTER (WHERE agent = $1) FROM approvals "
    "WHERE state = 'pending' AND expires_at > $2"};
constexpr PostgresStatement kDecide = {
    "decide_approval",
    "UPDATE approvals SET state = $1, expires_at = coalesce($2, expires_at), decided_by = $3, "
    "decided_as = $4, reason = $5, decided_at = $6 "
    "WHERE id = $7 AND state = 'pending' AND expires_at > $6"};
constexpr PostgresStatement kUse = {
    "use_approval",
    "UPDATE approvals SET state = 'used' WHERE id = $1 AND state = 'approved' AND expires_at > $2"};
constexpr PostgresStatement kExpire = {
    "expire_approvals",
    "UPDATE approvals SET state = 'expired' WHERE id IN (SELECT id FROM approvals WHERE state IN ('pending', "
    "'approved') AND expires_at <= $1 ORDER BY expires_at LIMIT $2) "
    "RETURNING id"};
constexpr PostgresStatement kForget = {
    "forget_approvals",
    "DELETE FROM approvals WHERE id IN (SELECT id FROM approvals WHERE expires_at < $1 "
    "ORDER BY expires_at LIMIT $2)"};
constexpr PostgresStatement kSelectAsked = {
    "select_asked_approval", "SELECT id FROM approvals WHERE holder = $1 AND idempotency_key = $2"};

// Both in the order in which approval_in reads them.
constexpr PostgresStatement kSelect = {
    "select_approvals",
    "SELECT id, holder, idempotency_key, encode(request, 'hex'), agent, session, rule, asks, repository, "
    "operation, parameters, ttl, created_at, expires_at, state, decided_by, decided_as, reason, decided_at "
    "FROM approvals WHERE id = ANY($1::text[]) ORDER BY id"};
constexpr PostgresStatement kSelectPage = {
    "select_approval_page",
    "SELECT id, holder, idempotency_key, encode(request, 'hex'), agent, session, rule, asks, repository, "
    "operation, '', ttl, created_at, expires_at, state, decided_by, decided_as, reason, decided_at "
    "FROM approvals WHERE id > $1 AND ($2::text IS NULL OR $2::text = CASE WHEN state IN ('pending', "
    "'approved') AND expires_at <= $3 THEN 'expired' ELSE state END) AND ($4::text[] IS NULL OR "
    "string_to_array(asks, ' ') && $4::text[]) ORDER BY id LIMIT $5"};

std::string text_of(TimePoint time) {
  return std::to_string(micros(time));
}

Result<Approval> approval_in(const PostgresRows& rows, std::size_t row) {
  const auto text = [&](int column) { return std::string(rows.text(row, column)); };
  const auto id = parse_approval_id(rows.text(row, 0));
  const auto request = rows.digest(row, 3);
  const auto repository = policy::Repository::parse(rows.text(row, 8));
  const auto state = parse_approval_state(rows.text(row, 14));
  if (!id || !request || !repository || !state) return damaged_approval(rows.text(row, 0));
  Approval approval(*id, *repository, *request);
  approval.holder = text(1);
  approval.key = text(2);
  approval.agent = text(4);
  approval.session = text(5);
  approval.rule = text(6);
  approval.from = names_in(rows.text(row, 7));
  approval.operation = text(9);
  approval.parameters = text(10);
  approval.ttl = std::chrono::microseconds(rows.number(row, 11));
  approval.created_at = rows.time(row, 12);
  approval.expires_at = rows.time(row, 13);
  approval.state = *state;
  approval.decided_by = text(15);
  approval.decided_as = text(16);
  approval.reason = text(17);
  approval.decided_at = rows.time_or_null(row, 18);
  return approval;
}

PostgresValues values_of(const Approval& approval) {
  PostgresValues values = {to_text(approval.id),
                           approval.holder,
                           approval.key,
                           hex(approval.request),
                           approval.agent,
                           approval.session,
                           approval.rule,
                           names_text(approval.from),
                           approval.repository.shown(),
                           approval.operation,
                           approval.parameters,
                           std::to_string(micros(approval.ttl)),
                           text_of(approval.created_at),
                           text_of(approval.expires_at)};
  values.push_back(std::string(to_string(approval.state)));
  for (const std::string& text : {approval.decided_by, approval.decided_as, approval.reason})
    values.push_back(text);
  values.push_back(approval.decided_at ? std::optional(text_of(*approval.decided_at)) : std::nullopt);
  return values;
}

Result<std::vector<Approval>> all_of(const Result<PostgresRows>& rows) {
  if (!rows) return std::unexpected(rows.error());
  std::vector<Approval> approvals;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    Result<Approval> approval = approval_in(*rows, row);
    if (!approval) return std::unexpected(approval.error());
    approvals.push_back(*std::move(approval));
  }
  return approvals;
}

Result<std::vector<ApprovalId>> ids_of(const Result<PostgresRows>& rows) {
  if (!rows) return std::unexpected(rows.error());
  std::vector<ApprovalId> ids;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    const Result<ApprovalId> id = parse_approval_id(rows->text(row, 0));
    if (!id) return damaged_approval(rows->text(row, 0));
    ids.push_back(*id);
  }
  return ids;
}

Result<std::vector<Approval>> read(PostgresSession& session, const std::vector<ApprovalId>& ids) {
  std::vector<std::string> texts;
  for (const ApprovalId id : ids) texts.push_back(to_text(id));
  return all_of(session.ask(kSelect, {postgres_array(texts)}));
}

Result<> check_room(PostgresSession& session, const Approval& wanted, const ApprovalBounds& bounds) {
  const Result<PostgresRows> counts = session.ask(kCountPending, {wanted.agent, text_of(wanted.created_at)});
  if (!counts) return std::unexpected(counts.error());
  if (count_of(counts->number(0, 0)) >= bounds.in_all) return too_many_questions();
  if (count_of(counts->number(0, 1)) >= bounds.of_agent) return too_many_questions_of_agent();
  return {};
}

Result<PostgresRows> change(PostgresSession& session, ApprovalId id, const ApprovalChange& change) {
  const std::string at = text_of(change.at);
  if (change.to == ApprovalState::kUsed) return session.ask(kUse, {to_text(id), at});
  const auto expires = change.expires_at ? std::optional(text_of(*change.expires_at)) : std::nullopt;
  return session.ask(kDecide, {std::string(to_string(change.to)), expires, change.by, change.as,
                               change.reason, at, to_text(id)});
}

}  // namespace

Result<Approval> ask_approval(PostgresSession& session, const Approval& wanted,
                              const ApprovalBounds& bounds) {
  const Result<std::vector<ApprovalId>> asked =
      ids_of(session.ask(kSelectAsked, {wanted.holder, wanted.key}));
  if (!asked) return std::unexpected(asked.error());
  if (!asked->empty()) return read_approval(session, asked->front());
  const Result<> has_room = check_room(session, wanted, bounds);
  if (!has_room) return std::unexpected(has_room.error());
  const Result<PostgresRows> inserted = session.ask(kInsert, values_of(wanted));
  if (!inserted) return std::unexpected(inserted.error());
  if (inserted->changed() == 0) return not_new("approval");
  return wanted;
}

Result<ApprovalSettled> settle_approval(PostgresSession& session, ApprovalId id,
                                        const ApprovalChange& change) {
  const Result<PostgresRows> changed = store::change(session, id, change);
  if (!changed) return std::unexpected(changed.error());
  Result<Approval> now = read_approval(session, id);
  if (!now) return std::unexpected(now.error());
  return ApprovalSettled(*std::move(now), changed->changed() > 0);
}

Result<std::vector<Approval>> expire_approvals(PostgresSession& session, TimePoint now, std::size_t limit) {
  const Result<std::vector<ApprovalId>> over =
      ids_of(session.ask(kExpire, {text_of(now), std::to_string(limit)}));
  if (!over) return std::unexpected(over.error());
  return read(session, *over);
}

Result<std::size_t> forget_approvals(PostgresSession& session, TimePoint when, std::size_t limit) {
  const Result<PostgresRows> forgotten = session.ask(kForget, {text_of(when), std::to_string(limit)});
  if (!forgotten) return std::unexpected(forgotten.error());
  return forgotten->changed();
}

Result<Approval> read_approval(PostgresSession& session, ApprovalId id) {
  Result<std::vector<Approval>> found = read(session, {id});
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return no_approval(id);
  return std::move(found->front());
}

Result<std::vector<Approval>> list_approvals(PostgresSession& session, const ApprovalQuery& query,
                                             const std::optional<ApprovalId>& after, std::size_t limit) {
  PostgresValues values = {after ? to_text(*after) : std::string()};
  values.push_back(query.state ? std::optional(std::string(to_string(*query.state))) : std::nullopt);
  values.push_back(text_of(query.now));
  values.push_back(query.groups ? std::optional(postgres_array(*query.groups)) : std::nullopt);
  values.push_back(std::to_string(limit));
  return all_of(session.ask(kSelectPage, values));
}

}  // namespace hubwarden::store
