#pragma once

// What the conformance tests of all records share: the implementations that have to pass them.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/approval_records.h"
#include "store/handle_records.h"
#include "store/ledger_records.h"
#include "store/revocation_records.h"
#include "store/workspace_records.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::store {

// One kind of records, what tells or reads of them, and what keeps them open.
template <class Records, class Feed>
struct Opened {
  template <class Owner>
  explicit Opened(std::shared_ptr<Owner> opened)
      : records(*opened), feed(*opened), owner(std::move(opened)) {}

  Records& records;
  Feed& feed;
  std::shared_ptr<void> owner;
};
using OpenedWorkspaces = Opened<WorkspaceRecords, WorkspaceFeed>;
using OpenedHandles = Opened<HandleRecords, HandleFeed>;
using OpenedRevocations = Opened<RevocationRecords, RevocationFeed>;
using OpenedLedger = Opened<LedgerRecords, LedgerReader>;

// Nobody is told of these.
struct OpenedApprovals {
  template <class Owner>
  explicit OpenedApprovals(std::shared_ptr<Owner> opened) : records(*opened), owner(std::move(opened)) {}

  ApprovalRecords& records;
  std::shared_ptr<void> owner;
};

template <class OpenedRecords>
struct Backend {
  std::string name;
  std::function<OpenedRecords(const test::TemporaryDirectory&)> open;
};

// Of the program that the tests are part of: here, or of tests/postgres.
std::vector<Backend<OpenedWorkspaces>> workspace_backends();
std::vector<Backend<OpenedHandles>> handle_backends();
std::vector<Backend<OpenedRevocations>> revocation_backends();
std::vector<Backend<OpenedApprovals>> approval_backends();
std::vector<Backend<OpenedLedger>> ledger_backends();

struct NameOfBackend {
  template <class Instance>
  std::string operator()(const Instance& instance) const {
    return instance.param.name;
  }
};

}  // namespace hubwarden::store
