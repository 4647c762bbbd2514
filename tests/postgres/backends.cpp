// The records that the conformance tests are run against here.

#include "store/conformance_fixture.h"
#include "tests/postgres/postgres_fixture.h"

namespace hubwarden::store {
namespace {

template <class OpenedRecords>
Backend<OpenedRecords> backend() {
  const auto open = [](const test::TemporaryDirectory&) {
    static obs::CapturingLog log;
    PostgresOptions options;
    options.url = postgres().url(postgres().new_database());
    std::shared_ptr<PostgresStore> store = PostgresStore::open(std::move(options), log).value();
    store->follow();
    return OpenedRecords(store);
  };
  return {"Postgres", open};
}

}  // namespace

std::vector<Backend<OpenedWorkspaces>> workspace_backends() {
  return {backend<OpenedWorkspaces>()};
}

std::vector<Backend<OpenedHandles>> handle_backends() {
  return {backend<OpenedHandles>()};
}

std::vector<Backend<OpenedRevocations>> revocation_backends() {
  return {backend<OpenedRevocations>()};
}

std::vector<Backend<OpenedApprovals>> approval_backends() {
  return {backend<OpenedApprovals>()};
}

std::vector<Backend<OpenedLedger>> ledger_backends() {
  return {backend<OpenedLedger>()};
}

}  // namespace hubwarden::store
