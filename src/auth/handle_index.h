#pragma once

// Every handle that is recorded, in memory: the live ones by the SHA-256 of the handle, all by their ids, and
// which of them have spent something.
//
//   HandleIndex index(budgets);
//   index.apply(id, record);                                        // as the store tells it
//   std::shared_ptr<const HandlePrincipal> who = index.find(digest);
//   for (const store::HandleSpent& spent : index.take_spent()) …    // since it was last asked
//
// Thread-safe; `find` waits for changes of the same shard alone. Budgets may outlive the index.

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "auth/digest_map.h"
#include "auth/handle_principal.h"
#include "base/guarded.h"
#include "crypto/digest.h"
#include "store/handle_records.h"

namespace hubwarden::auth {

class HandleIndex {
 public:
  // `budgets` outlives this.
  explicit HandleIndex(Budgets& budgets) : budgets_(budgets) {}

  // Null if no handle that was not revoked has this digest. It may have expired.
  std::shared_ptr<const HandlePrincipal> find(const crypto::Digest& digest) const {
    return live_.find(digest);
  }
  // Makes the index say what the record says. Calls for one handle must come in the order of its changes; its
  // budget stays the same through all of them. False for a record that opens nothing although it was not
  // revoked: its issuer or one of its operations is not known here.
  bool apply(store::HandleId id, const std::optional<store::Handle>& now);

  // Revoked and expired ones among them, until they are forgotten.
  std::size_t handles() const { return known_.lock()->size(); }
  // Nothing for a handle that is not known or opens nothing.
  std::optional<policy::BudgetSpent> spent_by(store::HandleId id) const;
  // What each handle that spent something since this was last asked has spent by now.
  std::vector<store::HandleSpent> take_spent();

 private:
  struct Known {
    explicit Known(const crypto::Digest& sha256) : digest(sha256) {}
    crypto::Digest digest;
    std::shared_ptr<const HandlePrincipal> principal;  // null: it opens nothing
  };
  using Changed = Guarded<std::vector<store::HandleId>>;

  // Null if nobody may have it.
  std::shared_ptr<const HandlePrincipal> principal_of(const store::Handle& handle) const;
  std::shared_ptr<const HandlePrincipal> known(store::HandleId id) const;

  Budgets& budgets_;
  DigestMap<HandlePrincipal> live_;
  mutable Guarded<std::unordered_map<store::HandleId, Known>> known_;     // held through `apply`
  const std::shared_ptr<Changed> changed_ = std::make_shared<Changed>();  // shared with the budgets
};

}  // namespace hubwarden::auth
