#pragma once

// What the tests of the routes share: a scripted GitHub in virtual time, workspaces in memory, an operator.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/admin_credential.h"
#include "auth/approvals_fixture.h"
#include "auth/handles.h"
#include "auth/memory_budgets.h"
#include "auth/revocations.h"
#include "auth/rule_budgets.h"
#include "auth/sessions.h"
#include "auth/workspaces.h"
#include "delivery/gate.h"
#include "delivery/recorder.h"
#include "delivery/revocation/holders.h"
#include "obs/capturing_log.h"
#include "obs/metrics.h"
#include "store/sqlite_store.h"
#include "tests/support/fake_request.h"
#include "tests/support/fake_upstream.h"
#include "tests/support/run_task.h"
#include "tokens/memory_shared_holdings.h"
#include "tokens/service.h"

namespace hubwarden::delivery {

inline constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};
inline constexpr std::string_view kAdminToken = "admin-0123456789abcdef0123456789abcdef";

class DeliveryTest : public ::testing::Test {
 protected:
  DeliveryTest() { engine.teach(lookup.learner()); }

  // Registers a workspace; its credential.
  std::string register_workspace(std::string_view id, std::vector<std::string_view> repositories,
                                 std::string_view permissions = "contents:write") {
    const auto created = test::run(workspaces.create(*policy::WorkspaceId::parse(id),
                                                     *policy::RepositoryList::parse(repositories),
                                                     *policy::PermissionSet::parse(permissions)));
    return std::string(created->token().reveal());
  }

  auth::NewHandle issue_handle(std::string_view repository,
                               std::vector<std::string_view> operations = {"read"}) {
    auth::HandleWish wish(*policy::Repository::parse(repository),
                          *catalogue::OperationList::parse(operations));
    return test::run(handles.issue(std::move(wish))).value();
  }

  testing::VirtualTime time{kStart};
  obs::CapturingLog log;
  SeededRandom random{1};
  testing::FakeUpstream github{time};
  tokens::Alone alone;
  tokens::EngineEvents events;
  tokens::TokenEngine engine{{time.clock(), time, random, github, alone, events}, tokens::EngineOptions{}};
  tokens::NoSharedPlaces places;
  tokens::Lookup lookup{
      {time.clock(), time, random, github, places}, {tokens::AppRef("github.com", "1")}, 1000};
  auth::MemoryBudgets budgets;
  std::unique_ptr<store::SqliteStore> records = *store::SqliteStore::open(":memory:");
  auth::Workspaces workspaces{*records, *records, time.clock(), random};
  auth::Handles handles{{*records, *records, budgets, time.clock(), time, random, log}};
  auth::AdminCredential admin{Secret(kAdminToken)};
  obs::Metrics metrics;
  Throttle throttle{{time.clock(), log, metrics}, ThrottleRates(), http::TrustedProxies()};
  // For tests to change before the first request.
  std::shared_ptr<auth::Authority> authority = std::make_shared<auth::Authority>(rules::Grant::of_operator(
      std::make_shared<const catalogue::OperationSet>(catalogue::OperationSet::all())));
  auth::MemoryUsedTokens used{time.clock()};
  auth::Revocations revocations{{*records, *records, time.clock(), random},
                                [](store::RevocationId, const std::optional<store::Revocation>&) {}};
  auth::Sessions sessions{{time.clock(), random, used, revocations.index()}, authority, session_tokens()};
  tokens::MemorySharedHoldings holdings;
  Holders holders{holdings};
  auth::RuleBudgets rule_budgets{budgets, time.clock()};
  store::FakeApprovalRecords questions;
  auth::CapturingObserver seen_of_approvals;
  auth::Approvals approvals{{questions, time.clock(), time, random, log, &seen_of_approvals}};
  ledger::Ledger unrecorded{{ledger::SigningKey(Secret("unused")), time.clock(), time, random, metrics, log},
                            {}};
  Recorder recorder{time.clock(), unrecorded, false};
  Gate gate{{admin, workspaces, handles, sessions, revocations.index(), throttle}, authority};

 private:
  static auth::SessionTokens session_tokens() {
    std::vector<Secret> materials;
    materials.emplace_back("a secret for sessions");
    return auth::SessionTokens(materials);
  }
};

}  // namespace hubwarden::delivery
