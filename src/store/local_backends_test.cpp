// The records that need no server, for the conformance tests.

#include "store/conformance_fixture.h"
#include "store/fake_approval_records.h"
#include "store/fake_handle_records.h"
#include "store/fake_ledger_records.h"
#include "store/fake_revocation_records.h"
#include "store/sqlite_store.h"

namespace hubwarden::store {
namespace {

template <class OpenedRecords>
std::vector<Backend<OpenedRecords>> sqlite_backends() {
  const auto open = [](const std::string& path) {
    return OpenedRecords(std::shared_ptr<SqliteStore>(SqliteStore::open(path).value()));
  };
  const auto in_a_file = [open](const test::TemporaryDirectory& directory) {
    return open(directory / "records.db");
  };
  const auto in_memory = [open](const test::TemporaryDirectory&) { return open(":memory:"); };
  return {{"SqliteInAFile", in_a_file}, {"SqliteInMemory", in_memory}};
}

}  // namespace

std::vector<Backend<OpenedWorkspaces>> workspace_backends() {
  return sqlite_backends<OpenedWorkspaces>();
}

std::vector<Backend<OpenedHandles>> handle_backends() {
  std::vector<Backend<OpenedHandles>> all = sqlite_backends<OpenedHandles>();
  const auto fake = [](const test::TemporaryDirectory&) {
    return OpenedHandles(std::make_shared<FakeHandleRecords>());
  };
  all.push_back({"Fake", fake});
  return all;
}

std::vector<Backend<OpenedRevocations>> revocation_backends() {
  std::vector<Backend<OpenedRevocations>> all = sqlite_backends<OpenedRevocations>();
  const auto fake = [](const test::TemporaryDirectory&) {
    return OpenedRevocations(std::make_shared<FakeRevocationRecords>());
  };
  all.push_back({"Fake", fake});
  return all;
}

std::vector<Backend<OpenedApprovals>> approval_backends() {
  std::vector<Backend<OpenedApprovals>> all = sqlite_backends<OpenedApprovals>();
  const auto fake = [](const test::TemporaryDirectory&) {
    return OpenedApprovals(std::make_shared<FakeApprovalRecords>());
  };
  all.push_back({"Fake", fake});
  return all;
}

std::vector<Backend<OpenedLedger>> ledger_backends() {
  std::vector<Backend<OpenedLedger>> all = sqlite_backends<OpenedLedger>();
  const auto fake = [](const test::TemporaryDirectory&) {
    return OpenedLedger(std::make_shared<FakeLedgerRecords>());
  };
  all.push_back({"Fake", fake});
  return all;
}

}  // namespace hubwarden::store
