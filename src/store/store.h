#pragma once

// Records of all kinds in one place.
//
//   std::unique_ptr<Store> store = …;
//   Workspaces workspaces(*store, *store, clock, random);    // observes
//   …                                                        // lists what there is
//   store->follow();
//   …
//   store->stop();
//
// Destroy it after the loops have stopped running and before they are destroyed themselves.

#include <string>

#include "store/approval_records.h"
#include "store/handle_records.h"
#include "store/ledger_records.h"
#include "store/revocation_records.h"
#include "store/workspace_records.h"

namespace hubwarden::store {

class Store : public WorkspaceRecords,
              public WorkspaceFeed,
              public HandleRecords,
              public HandleFeed,
              public RevocationRecords,
              public RevocationFeed,
              public ApprovalRecords,
              public LedgerRecords,
              public LedgerReader {
 public:
  // Once, when the observers are there and have listed what there is, and before the first change. They are
  // told of everything since this store was opened, so what changed while they listed does not escape them.
  virtual void follow() {}
  // Finishes what was accepted; everything after it is `unavailable`. Blocks.
  virtual void stop() = 0;
  // "ok"; "degraded" while the records are away, so that only what is known can be served; other words when
  // this replica should not serve.
  virtual std::string state() const { return "ok"; }
};

}  // namespace hubwarden::store
