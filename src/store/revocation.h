#pragma once

// What is kept of a revocation, as a plain value: whom or what it ended, and until when that holds. What the
// texts say is for the layers above, which write and read them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "store/ledger_segment.h"

namespace hubwarden::store {

// Random, written as 16 hexadecimal digits.
using RevocationId = Id<struct RevocationTag>;
std::string to_text(RevocationId id);
Result<RevocationId> parse_revocation_id(std::string_view text);

// A session and a grant are credentials: they stay revoked until their own end. The others are stopped until
// an operator lifts that.
enum class RevokedKind { kSession, kGrant, kWorkspace, kAgent, kRepository, kApp, kAll };
std::string_view to_string(RevokedKind kind);  // "session"
std::optional<RevokedKind> parse_revoked_kind(std::string_view text);

struct Revocation {
  Revocation(RevocationId id_, RevokedKind kind_, std::string subject_, TimePoint made_at_)
      : id(id_), kind(kind_), subject(std::move(subject_)), made_at(made_at_) {}

  RevocationId id;
  RevokedKind kind;
  std::string subject;  // an id of 16 digits; a workspace's id; an agent; "acme/widgets"; an App's id
  // Of a grant: ids of the session that it was cut from and, of its cuts, of the one that revokes it, as
  // "<session>" or "<session>/<grant>". Empty: an operator revokes it.
  std::string within;
  std::string host;  // of a repository and an App: "github.com"
  // Of a repository, as far as it was known when it was stopped.
  std::optional<RepositoryId> repository;
  std::optional<InstallationId> installation;
  std::string made_by;  // "admin", "session 18…"
  std::string reason;
  TimePoint made_at;  // times are kept in whole microseconds
  std::optional<TimePoint> ends_at;
  std::optional<TimePoint> lifted_at;

  // Forgotten some time after it.
  std::optional<TimePoint> over_at() const { return lifted_at ? lifted_at : ends_at; }

  friend bool operator==(const Revocation&, const Revocation&) = default;
};

// What one replica did about one.
struct RevocationOutcome {
  RevocationOutcome(RevocationId of_, ReplicaId by_, TimePoint at_) : of(of_), by(by_), at(at_) {}

  RevocationId of;
  ReplicaId by;
  TimePoint at;
  std::uint64_t revoked = 0;           // tokens that GitHub takes no more
  std::vector<std::string> left_over;  // lines about those that it may still take, without a newline

  friend bool operator==(const RevocationOutcome&, const RevocationOutcome&) = default;
};

}  // namespace hubwarden::store
