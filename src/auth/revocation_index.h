#pragma once

// Who may not ask any more, in memory: sessions and grants that were revoked, workspaces and agents that were
// stopped, everybody.
//
//   index.apply(id, record);                      // as the store tells it
//   const Result<> may = index.check(*who);       // at every request, and before a session is opened
//
// Thread-safe. While nothing is revoked a check is one atomic read.

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/principal.h"
#include "auth/session.h"
#include "base/error.h"
#include "base/guarded.h"
#include "base/text.h"
#include "store/revocation_records.h"

namespace hubwarden::auth {

class RevocationIndex {
 public:
  // Makes the index say what the record says. Calls for one revocation come in the order of its changes.
  void apply(store::RevocationId id, const std::optional<store::Revocation>& now);

  // `unauthenticated` for a credential that was revoked, `forbidden` for whoever an operator has stopped: the
  // message names the revocation.
  Result<> check(const Principal& who) const;
  Result<> check(const Session& session) const;

  std::size_t size() const;
  // By the same, "session 18…".
  std::size_t made_by(std::string_view who) const;

 private:
  // Of a grant: whose it has to be.
  struct Entry {
    Entry(store::RevocationId id_, std::string within_) : id(id_), within(std::move(within_)) {}
    store::RevocationId id;
    std::string within;
  };
  template <class Value>
  using ByText = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;
  struct State {
    ByText<std::vector<Entry>> standing;  // by kind and subject
    std::unordered_map<store::RevocationId, store::Revocation> known;
    ByText<std::size_t> makers;
  };

  static void remove(State& state, const store::Revocation& revocation);
  bool is_quiet() const { return standing_.load(std::memory_order_acquire) == 0; }

  SharedGuarded<State> state_;
  std::atomic<std::size_t> standing_{0};
};

}  // namespace hubwarden::auth
