#pragma once

// Ends what was given before its time: a session, a grant, all of a workspace or an agent, a repository, an
// App, everything.
//
//   Revocations revocations({store, store, clock, random}, hear);
//   Result<> loaded = co_await revocations.load();                    // once, before the first request
//   Result<store::Revocation> stands = co_await revocations.stop(std::move(wish));
//   const Result<> may = revocations.index().check(*who);
//
// Callable from any loop. A revocation is durable and in effect before its caller has the answer; other
// replicas with the same records hear of it as they do of a handle's.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/page.h"
#include "auth/revocation_index.h"
#include "auth/session_principal.h"
#include "base/clock.h"
#include "base/random.h"
#include "net/task.h"
#include "store/revocation_records.h"

namespace hubwarden::auth {

// Of an operator.
struct RevocationWish {
  RevocationWish(store::RevokedKind kind_, std::string subject_)
      : kind(kind_), subject(std::move(subject_)) {}

  store::RevokedKind kind;
  std::string subject;
  std::string host;
  std::optional<RepositoryId> repository;
  std::optional<InstallationId> installation;
  std::string reason;
};

struct RevocationList {
  using Id = store::RevocationId;
  using Record = store::Revocation;
  static constexpr std::string_view kName = "revocation";
  static Result<Id> parse(std::string_view text) { return store::parse_revocation_id(text); }
  static std::string id_of(const Record& record) { return store::to_text(record.id); }
};
using RevocationPageRequest = PageRequestOf<RevocationList>;
using RevocationPage = PageOf<RevocationList>;

class Revocations {
 public:
  // 500 bytes each. Of those that callers make: an operator is never refused one.
  static constexpr std::size_t kMaxRevocations = 100'000;
  // Of one session: more than it has helpers, too few to fill the records.
  static constexpr std::size_t kMaxOfSession = 100;
  // What is over is there to be looked at for so long.
  static constexpr Duration kRemembered = std::chrono::hours(24);

  struct Parts {
    store::RevocationRecords& records;
    store::RevocationFeed& feed;
    const Clock& clock;
    Random& random;
  };
  // Of each revocation after the index knows it, on the store's thread: what else is to be done. Of those
  // that were there before, while loading, on the loop of load().
  using Hear = store::RevocationObserver;

  // All outlive this.
  Revocations(Parts parts, Hear hear);

  // Reads every revocation into memory. A record that cannot be read is an error: whoever it is about could
  // ask again.
  net::Task<Result<>> load();

  // By an operator. What stands already is given back as it is.
  net::Task<Result<store::Revocation>> revoke(RevocationWish wish);
  // By its holder. Of a grant: the grant, and what was cut from it. `conflict` beyond kMaxRevocations.
  net::Task<Result<store::Revocation>> give_back(const SessionPrincipal& who);
  // A grant that was cut from what `who` holds. There is no list of them: what is said of another's means
  // nothing.
  net::Task<Result<store::Revocation>> take_back(const SessionPrincipal& who, CutId grant);
  // `not_found`; `conflict` for a credential, which stays revoked.
  net::Task<Result<>> lift(store::RevocationId id);

  // `not_found`.
  net::Task<Result<store::Revocation>> get(store::RevocationId id);
  net::Task<Result<RevocationPage>> list(RevocationPageRequest page);
  // What replicas have done about it so far.
  net::Task<Result<std::vector<store::RevocationOutcome>>> outcomes(store::RevocationId id);

  const RevocationIndex& index() const { return *index_; }

 private:
  net::Task<Result<store::Revocation>> record(store::Revocation revocation);
  store::Revocation new_one(store::RevokedKind kind, std::string subject) const;

  Parts parts_;
  const Hear hear_;
  // Shared with the store's observer, whose thread may outlive this for as long as accepted changes take.
  std::shared_ptr<RevocationIndex> index_;
};

}  // namespace hubwarden::auth
