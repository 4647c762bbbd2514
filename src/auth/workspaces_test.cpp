#include "auth/workspaces.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "store/sqlite_store.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::auth {
namespace {

using policy::PermissionSet;
using policy::RepositoryList;
using policy::WorkspaceId;
using store::SqliteStore;
using test::run;
using testing::ElementsAre;

constexpr TimePoint kNoon{std::chrono::seconds(1'790'000'000)};

WorkspaceId id(std::string_view text) {
  return *WorkspaceId::parse(text);
}
RepositoryList widgets() {
  constexpr std::string_view kRepositories[] = {"acme/widgets"};
  return *RepositoryList::parse(kRepositories);
}
PermissionSet contents() {
  return *PermissionSet::parse("contents:write");
}

struct Service {
  explicit Service(const std::string& path = ":memory:", std::uint64_t seed = 1)
      : random(seed),
        records(SqliteStore::open(path).value()),
        workspaces(*records, *records, clock, random) {}

  Result<NewToken> create(std::string_view name) {
    return run(workspaces.create(id(name), widgets(), contents()));
  }
  // The id of the workspace that the token opens, or nothing.
  std::string who(const NewToken& token) const {
    const auto principal = workspaces.authenticate(token.token().reveal());
    return principal ? principal->id().text() : "";
  }

  ManualClock clock{kNoon};
  SeededRandom random;
  std::unique_ptr<SqliteStore> records;
  Workspaces workspaces;
};

TEST(Workspaces, AuthenticatesTheTokenThatCreateGave) {
  Service service;
  const Result<NewToken> created = service.create("agent-7");
  ASSERT_TRUE(created);
  const auto who = service.workspaces.authenticate(created->token().reveal());
  ASSERT_TRUE(who);
  EXPECT_EQ(who->id().text(), "agent-7");
  EXPECT_TRUE(std::ranges::equal(who->repositories(), widgets().items()));
  EXPECT_EQ(who->permissions(), contents());
  EXPECT_EQ(who->token_id(), created->id());
}

TEST(Workspaces, AuthenticatesNothingElse) {
  Service service;
  const Result<NewToken> created = service.create("agent-7");
  std::string almost(created->token().reveal());
  almost.back() = almost.back() == 'A' ? 'E' : 'A';
  const std::string whole(created->token().reveal());
  for (const std::string& bearer :
       {std::string(), std::string("agent-7"), almost, whole + "A", whole.substr(1), whole.substr(0, 46),
        "HWW_" + whole.substr(4), std::string(47, 'x')}) {
    EXPECT_FALSE(service.workspaces.authenticate(bearer)) << bearer.size();
  }
}

TEST(Workspaces, RefusesATakenIdAndLeavesItsOwnerAlone) {
  Service service;
  const Result<NewToken> first = service.create("agent-7");
  const Result<NewToken> second = service.create("agent-7");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(service.who(*first), "agent-7");
}

TEST(Workspaces, RotatesWithoutAGap) {
  Service service;
  const Result<NewToken> first = service.create("agent-7");
  const Result<NewToken> second = run(service.workspaces.rotate(id("agent-7")));
  ASSERT_TRUE(second);
  EXPECT_EQ(service.who(*first), "agent-7");
  EXPECT_EQ(service.who(*second), "agent-7");
  ASSERT_TRUE(run(service.workspaces.revoke(id("agent-7"), first->id())));
  EXPECT_EQ(service.who(*first), "");
  EXPECT_EQ(service.who(*second), "agent-7");
}

TEST(Workspaces, RevokesOnlyTheTokensOfTheWorkspaceNamed) {
  Service service;
  const Result<NewToken> first = service.create("a");
  const Result<NewToken> other = service.create("b");
  EXPECT_EQ(run(service.workspaces.revoke(id("b"), first->id())).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(service.who(*first), "a");
  EXPECT_EQ(service.who(*other), "b");
}

TEST(Workspaces, RemovesEveryTokenWithItsWorkspace) {
  Service service;
  const Result<NewToken> first = service.create("agent-7");
  const Result<NewToken> second = run(service.workspaces.rotate(id("agent-7")));
  const auto held = service.workspaces.authenticate(first->token().reveal());
  ASSERT_TRUE(run(service.workspaces.remove(id("agent-7"))));
  EXPECT_EQ(service.who(*first), "");
  EXPECT_EQ(service.who(*second), "");
  EXPECT_EQ(held->id().text(), "agent-7");  // a request under way keeps what it holds
  const Result<NewToken> again = service.create("agent-7");
  EXPECT_EQ(service.who(*again), "agent-7");
  EXPECT_EQ(service.who(*first), "");
}

TEST(Workspaces, KnowsAfterAStartWhatItKnewBefore) {
  test::TemporaryDirectory directory;
  Service before(directory / "records.db");
  const Result<NewToken> kept = before.create("kept");
  const Result<NewToken> revoked = run(before.workspaces.rotate(id("kept")));
  ASSERT_TRUE(run(before.workspaces.revoke(id("kept"), revoked->id())));
  const Result<NewToken> removed = before.create("removed");
  ASSERT_TRUE(run(before.workspaces.remove(id("removed"))));
  before.records->stop();

  Service after(directory / "records.db", 2);
  EXPECT_EQ(after.who(*kept), "");  // not loaded yet
  ASSERT_TRUE(run(after.workspaces.load()));
  EXPECT_EQ(after.who(*kept), "kept");
  EXPECT_EQ(after.who(*revoked), "");
  EXPECT_EQ(after.who(*removed), "");
}

struct QuietFeed final : store::WorkspaceFeed {
  void observe(store::WorkspaceObserver) override {}
};

TEST(Workspaces, LoadsMoreThanOnePageOfRecords) {
  Service service;
  std::vector<NewToken> tokens;
  for (int i = 0; i < 2001; ++i) tokens.push_back(service.create("w" + std::to_string(i)).value());
  QuietFeed feed;
  Workspaces started_later(*service.records, feed, service.clock, service.random);
  ASSERT_TRUE(run(started_later.load()));
  for (const NewToken& token : tokens) ASSERT_TRUE(started_later.authenticate(token.token().reveal()));
}

TEST(Workspaces, ChangesNothingWhenTheStoreIsAway) {
  Service service;
  const Result<NewToken> created = service.create("agent-7");
  service.records->stop();
  EXPECT_EQ(run(service.workspaces.rotate(id("agent-7"))).error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(run(service.workspaces.revoke(id("agent-7"), created->id())).error().code(),
            ErrorCode::kUnavailable);
  EXPECT_EQ(service.who(*created), "agent-7");  // the revoke was not answered with success
}

TEST(Workspaces, GivesRecordsWithoutTokens) {
  Service service;
  const Result<NewToken> created = service.create("agent-7");
  const auto record = run(service.workspaces.get(id("agent-7")));
  ASSERT_TRUE(record);
  ASSERT_EQ(record->tokens.size(), 1U);
  EXPECT_EQ(record->tokens[0].id, created->id());
  EXPECT_EQ(record->tokens[0].created_at, kNoon);
  EXPECT_EQ(run(service.workspaces.get(id("nobody"))).error().code(), ErrorCode::kNotFound);
}

TEST(Workspaces, ListsEveryWorkspaceOncePageByPage) {
  Service service;
  std::vector<std::string> expected;
  for (int i = 100; i < 165; ++i) {
    expected.push_back("w" + std::to_string(i));
    ASSERT_TRUE(service.create(expected.back()));
  }
  std::vector<std::string> seen;
  std::vector<std::size_t> sizes;
  WorkspacePageRequest request;
  for (;;) {
    const auto page = run(service.workspaces.list(request));
    ASSERT_TRUE(page);
    sizes.push_back(page->items().size());
    for (const auto& record : page->items()) seen.push_back(record.workspace.id.text());
    if (!page->next_cursor()) break;
    request = WorkspacePageRequest::parse(std::nullopt, *page->next_cursor()).value();
  }
  EXPECT_EQ(seen, expected);
  EXPECT_THAT(sizes, ElementsAre(30, 30, 5));
}

// Whatever happens in whatever order, the memory authenticates exactly the live tokens of the records.
TEST(Workspaces, AgreesWithTheRecordsAfterRandomChanges) {
  Service service;
  SeededRandom random(7);
  struct Issued {
    std::string workspace;
    NewToken token;
    bool is_live = true;
  };
  std::vector<Issued> all;
  for (int step = 0; step < 1500; ++step) {
    const std::string name = "w" + std::to_string(random.below(8));
    const auto pick = random.below(10);
    if (pick < 4) {
      if (auto created = service.create(name)) all.push_back({name, *std::move(created)});
    } else if (pick < 6) {
      if (auto rotated = run(service.workspaces.rotate(id(name)))) all.push_back({name, *std::move(rotated)});
    } else if (pick < 9 && !all.empty()) {
      Issued& some = all[random.below(all.size())];
      if (run(service.workspaces.revoke(id(some.workspace), some.token.id()))) some.is_live = false;
    } else if (run(service.workspaces.remove(id(name)))) {
      for (Issued& issued : all) issued.is_live = issued.is_live && issued.workspace != name;
    }
    for (const Issued& issued : all) {
      ASSERT_EQ(service.who(issued.token), issued.is_live ? issued.workspace : "") << "step " << step;
    }
  }
}

TEST(Workspaces, AuthenticatesOnManyThreadsWhileTokensComeAndGo) {
  Service service;
  const Result<NewToken> steady = service.create("steady");
  std::atomic<bool> done = false;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done) EXPECT_EQ(service.who(*steady), "steady");
    });
  }
  for (int i = 0; i < 100; ++i) {
    const Result<NewToken> rotated = run(service.workspaces.rotate(id("steady")));
    ASSERT_TRUE(rotated);
    EXPECT_EQ(service.who(*rotated), "steady");
    ASSERT_TRUE(run(service.workspaces.revoke(id("steady"), rotated->id())));
    EXPECT_EQ(service.who(*rotated), "");
  }
  done = true;
}

TEST(WorkspacePrincipal, HasTokensAloneForItsOwnRepositories) {
  Service service;
  const Result<NewToken> created = service.create("agent-7");
  const auto agent = service.workspaces.authenticate(created->token().reveal());
  EXPECT_EQ(agent->name(), "agent-7");
  EXPECT_EQ(agent->token_id(), created->id());
  const auto all = std::make_shared<const catalogue::OperationSet>(catalogue::OperationSet::all());
  const rules::Grant grant = agent->grant(Authority(rules::Grant::of_operator(all)));
  const auto decide = [&](rules::Wanted wanted, std::string_view repository) {
    return grant.decide(rules::Ask(std::move(wanted), {*policy::Repository::parse(repository)}));
  };
  const rules::Decision token = decide(rules::AllPermissions(), "acme/widgets");
  EXPECT_EQ(token.verdict, rules::Verdict::kAllow);
  EXPECT_EQ(token.token, agent->permissions());
  EXPECT_EQ(decide(rules::AllPermissions(), "acme/secrets").verdict, rules::Verdict::kRefuse);
  EXPECT_EQ(decide(*policy::PermissionSet::parse("administration:read"), "acme/widgets").verdict,
            rules::Verdict::kRefuse);
  EXPECT_EQ(decide(*catalogue::parse_operation_name("repos/get"), "acme/widgets").verdict,
            rules::Verdict::kRefuse);
}

}  // namespace
}  // namespace hubwarden::auth
