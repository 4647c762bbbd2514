#include "store/sqlite_approvals.h"

#include <string>

#include "base/text.h"
#include "store/record_text.h"
#include "store/sqlite_statement.h"

namespace hubwarden::store {
namespace {

// In the order in which to_approval reads them. `parameters` is a column, or an empty text in its place.
std::string select(const char* parameters, const char* where) {
  return std::string(
             "SELECT id, holder, idempotency_key, request, agent, session, rule, asks, repository, ") +
         "operation, " + parameters +
         ", ttl, created_at, expires_at, state, decided_by, decided_as, reason, " +
         "decided_at FROM approvals " + where;
}

Result<Approval> to_approval(Use& row) {
  const std::string id_text = row.column(0).getString();
  const auto id = parse_approval_id(id_text);
  const auto request = digest_in(row.column(3));
  const auto repository = policy::Repository::parse(row.column(8).getString());
  const auto state = parse_approval_state(row.column(14).getString());
  if (!id || !request || !repository || !state) return damaged_approval(id_text);
  Approval approval(*id, *repository, *request);
  approval.holder = row.column(1).getString();
  approval.key = row.column(2).getString();
  approval.agent = row.column(4).getString();
  approval.session = row.column(5).getString();
  approval.rule = row.column(6).getString();
  approval.from = names_in(row.column(7).getString());
  approval.operation = row.column(9).getString();
  approval.parameters = row.column(10).getString();
  approval.ttl = std::chrono::microseconds(row.column(11).getInt64());
  approval.created_at = from_micros(row.column(12).getInt64());
  approval.expires_at = from_micros(row.column(13).getInt64());
  approval.state = *state;
  approval.decided_by = row.column(15).getString();
  approval.decided_as = row.column(16).getString();
  approval.reason = row.column(17).getString();
  if (!row.column(18).isNull()) approval.decided_at = from_micros(row.column(18).getInt64());
  return approval;
}

Result<std::vector<Approval>> all_of(Use& rows) {
  std::vector<Approval> approvals;
  while (rows.step()) {
    Result<Approval> approval = to_approval(rows);
    if (!approval) return std::unexpected(approval.error());
    approvals.push_back(*std::move(approval));
  }
  return approvals;
}

void bind_all(Use& insert, const Approval& approval) {
  insert.bind(to_text(approval.id)).bind(approval.holder).bind(approval.key).bind(approval.request);
  insert.bind(approval.agent).bind(approval.session).bind(approval.rule).bind(names_text(approval.from));
  insert.bind(approval.repository.shown()).bind(approval.operation).bind(approval.parameters);
  insert.bind(micros(approval.ttl)).bind(micros(approval.created_at)).bind(micros(approval.expires_at));
  insert.bind(std::string(to_string(approval.state)));
  insert.bind(approval.decided_by).bind(approval.decided_as).bind(approval.reason);
  approval.decided_at ? insert.bind(micros(*approval.decided_at)) : insert.bind(std::nullopt);
}

// ["maintainers","security"]: names need no escapes.
std::string json_list(const std::vector<std::string>& names) {
  std::string text = "[";
  for (const std::string& name : names) text.append(text.size() > 1 ? ",\"" : "\"").append(name).append("\"");
  return text + "]";
}

}  // namespace

SqliteApprovals::SqliteApprovals(SQLite::Database& database)
    : database_(database),
      insert_(
          database,
          "INSERT INTO approvals (id, holder, idempotency_key, request, agent, session, rule, asks, "
          "repository, operation, parameters, ttl, created_at, expires_at, state, decided_by, decided_as, "
          "reason, decided_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
          "ON CONFLICT DO NOTHING"),
      count_pending_(database,
                     "SELECT count(*), count(*) FILTER (WHERE agent = ?1) FROM approvals "
                     "WHERE state = 'pending' AND expires_at > ?2"),
      decide_(database,
              "UPDATE approvals SET state = ?, expires_at = coalesce(?, expires_at), decided_by = ?, "
              "decided_as = ?, reason = ?, decided_at = ? "
              "WHERE id = ? AND state = 'pending' AND expires_at > ?"),
      use_(database,
           "UPDATE approvals SET state = 'used' WHERE id = ? AND state = 'approved' AND expires_at > ?"),
      select_over_(database, select("parameters",
                                    "WHERE state IN ('pending', 'approved') AND expires_at <= ? "
                                    "ORDER BY expires_at LIMIT ?")),
      expire_(database, "UPDATE approvals SET state = 'expired' WHERE id = ?"),
      forget_(database,
              "DELETE FROM approvals WHERE id IN (SELECT id FROM approvals WHERE expires_at < ? "
              "ORDER BY expires_at LIMIT ?)"),
      select_(database, select("parameters", "WHERE id = ?")),
      select_asked_(database, select("parameters", "WHERE holder = ? AND idempotency_key = ?")),
      select_page_(
          database,
          select("''",
                 "WHERE id > ?1 AND (?2 IS NULL OR ?2 = CASE WHEN state IN ('pending', 'approved') AND "
                 "expires_at <= ?3 THEN 'expired' ELSE state END) AND (?4 IS NULL OR EXISTS (SELECT 1 FROM "
                 "json_each(?4) AS wanted WHERE instr(' ' || asks || ' ', ' ' || wanted.value || ' ') > 0)) "
                 "ORDER BY id LIMIT ?5")) {
}

Result<Approval> SqliteApprovals::ask(const Approval& wanted, const ApprovalBounds& bounds) {
  return in_transaction(database_, [&]() -> Result<Approval> {
    Use asked(select_asked_);
    asked.bind(wanted.holder).bind(wanted.key);
    if (asked.step()) return to_approval(asked);
    const Result<> has_room = check_room(wanted, bounds);
    if (!has_room) return std::unexpected(has_room.error());
    Use insert(insert_);
    bind_all(insert, wanted);
    if (insert.exec() == 0) return not_new("approval");
    return wanted;
  });
}

Result<> SqliteApprovals::check_room(const Approval& wanted, const ApprovalBounds& bounds) {
  Use counting(count_pending_);
  counting.bind(wanted.agent).bind(micros(wanted.created_at)).step();
  if (count_of(counting.column(0).getInt64()) >= bounds.in_all) return too_many_questions();
  if (count_of(counting.column(1).getInt64()) >= bounds.of_agent) return too_many_questions_of_agent();
  return {};
}

Result<ApprovalSettled> SqliteApprovals::settle(ApprovalId id, const ApprovalChange& change) {
  return in_transaction(database_, [&]() -> Result<ApprovalSettled> {
    int changed = 0;
    if (change.to == ApprovalState::kUsed) {
      changed = Use(use_).bind(to_text(id)).bind(micros(change.at)).exec();
    } else {
      Use decide(decide_);
      decide.bind(std::string(to_string(change.to)));
      change.expires_at ? decide.bind(micros(*change.expires_at)) : decide.bind(std::nullopt);
      decide.bind(change.by).bind(change.as).bind(change.reason).bind(micros(change.at));
      changed = decide.bind(to_text(id)).bind(micros(change.at)).exec();
    }
    Result<Approval> now = read(id);
    if (!now) return std::unexpected(now.error());
    return ApprovalSettled(*std::move(now), changed > 0);
  });
}

Result<std::vector<Approval>> SqliteApprovals::expire(TimePoint now, std::size_t limit) {
  return in_transaction(database_, [&]() -> Result<std::vector<Approval>> {
    Use rows(select_over_);
    rows.bind(micros(now)).bind(signed_number(limit));
    Result<std::vector<Approval>> over = all_of(rows);
    if (!over) return over;
    for (Approval& each : *over) {
      Use(expire_).bind(to_text(each.id)).exec();
      each.state = ApprovalState::kExpired;
    }
    return over;
  });
}

Result<std::size_t> SqliteApprovals::forget(TimePoint when, std::size_t limit) {
  return in_transaction(database_, [&]() -> Result<std::size_t> {
    return static_cast<std::size_t>(Use(forget_).bind(micros(when)).bind(signed_number(limit)).exec());
  });
}

Result<Approval> SqliteApprovals::find(ApprovalId id) {
  try {
    return read(id);
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

Result<std::vector<Approval>> SqliteApprovals::list(const ApprovalQuery& query,
                                                    const std::optional<ApprovalId>& after,
                                                    std::size_t limit) {
  try {
    Use page(select_page_);
    page.bind(after ? to_text(*after) : std::string());
    query.state ? page.bind(std::string(to_string(*query.state))) : page.bind(std::nullopt);
    page.bind(micros(query.now));
    query.groups ? page.bind(json_list(*query.groups)) : page.bind(std::nullopt);
    page.bind(signed_number(limit));
    return all_of(page);
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

Result<Approval> SqliteApprovals::read(ApprovalId id) {
  Use row(select_);
  row.bind(to_text(id));
  if (!row.step()) return no_approval(id);
  return to_approval(row);
}

}  // namespace hubwarden::store
