#include "auth/handles.h"

#include <gmock/gmock.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "auth/memory_budgets.h"
#include "net/system_timers.h"
#include "obs/capturing_log.h"
#include "store/fake_handle_records.h"
#include "store/sqlite_store.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::auth {
namespace {

using namespace std::chrono_literals;
using policy::BudgetSpent;
using policy::CallKind;
using store::FakeHandleRecords;
using store::HandleId;
using store::SqliteStore;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr TimePoint kNoon{std::chrono::seconds(1'790'000'000)};

HandleWish wish(std::string_view repository = "acme/widgets") {
  constexpr std::string_view kOperations[] = {"read", "create_issue"};
  return HandleWish(*policy::Repository::parse(repository), *catalogue::OperationList::parse(kOperations));
}

// One hubwarden with records that several may have one after the other.
class Service {
 public:
  explicit Service(std::shared_ptr<FakeHandleRecords> kept = std::make_shared<FakeHandleRecords>(),
                   std::uint64_t seed = 1)
      : records(std::move(kept)),
        random(seed),
        handles({*records, *records, budgets, time.clock(), time, random, log}) {}
  ~Service() { time.run(handles.stop()); }

  NewHandle issue(HandleWish wanted = wish()) { return time.run(handles.issue(std::move(wanted))).value(); }
  std::shared_ptr<const HandlePrincipal> who(const NewHandle& handle) const {
    return handles.authenticate(handle.handle().reveal());
  }
  using Lease = Result<std::unique_ptr<CallLease>>;
  Lease acquire(const NewHandle& handle, CallKind kind) {
    const SteadyPoint now = time.clock().steady_now();
    return time.run(who(handle)->budget().acquire(kind, now, now + 1min));
  }
  // A read whose answer has so many bytes.
  bool call(const NewHandle& handle, std::uint64_t bytes) {
    const Lease lease = acquire(handle, CallKind::kRead);
    return lease && time.run((*lease)->spend(bytes));
  }
  BudgetSpent recorded(const NewHandle& handle) const {
    return records->handles.at(handle.record().id).spent;
  }

  testing::VirtualTime time{kNoon};
  std::shared_ptr<FakeHandleRecords> records;
  SeededRandom random;
  obs::CapturingLog log;
  MemoryBudgets budgets;
  Handles handles;
};

TEST(Handles, AuthenticateTheHandleThatWasIssued) {
  Service service;
  HandleWish wanted = wish("Acme/Widgets");
  wanted.host = *policy::HostName::parse("ghe.example.com");
  wanted.life = 2h;
  wanted.priority = policy::Priority::kBackground;
  wanted.limits = *policy::BudgetLimits::make(2, 3, 4);
  const NewHandle issued = service.issue(wanted);
  EXPECT_TRUE(issued.handle().reveal().starts_with("hwh_"));
  EXPECT_EQ(issued.handle().size(), 47U);
  const auto who = service.who(issued);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->id(), issued.record().id);
  EXPECT_EQ(who->issuer(), "admin");
  EXPECT_EQ(who->repository().shown(), "Acme/Widgets");
  EXPECT_EQ(who->host()->text(), "ghe.example.com");
  EXPECT_EQ(who->operations(), catalogue::OperationSet::of(wanted.operations));
  EXPECT_EQ(who->priority(), policy::Priority::kBackground);
  EXPECT_EQ(who->expires_at(), kNoon + 2h);
  EXPECT_EQ(who->budget().limits(), wanted.limits);
}

TEST(Handles, AuthenticateNothingElse) {
  Service service;
  const std::string whole(service.issue().handle().reveal());
  std::string almost = whole;
  almost.back() = almost.back() == 'A' ? 'E' : 'A';
  for (const std::string& secret :
       {std::string(), almost, whole + "A", whole.substr(1), whole.substr(0, 46), "HWH_" + whole.substr(4),
        "hww_" + whole.substr(4), std::string(47, 'x')}) {
    EXPECT_FALSE(service.handles.authenticate(secret)) << secret.size();
  }
}

TEST(Handles, KeepOnlyTheDigest) {
  Service service;
  const NewHandle issued = service.issue();
  const store::Handle& kept = service.records->handles.at(issued.record().id);
  EXPECT_EQ(kept.digest, crypto::sha256(issued.handle().reveal()));
}

TEST(Handles, OpenNothingOnceTheyHaveExpired) {
  Service service;
  const NewHandle issued = service.issue();
  service.time.advance(1h - 1s);
  EXPECT_TRUE(service.who(issued));
  service.time.advance(1s);
  EXPECT_FALSE(service.who(issued));
}

TEST(Handles, OpenNothingOnceTheyAreRevoked) {
  Service service;
  const NewHandle first = service.issue();
  const NewHandle second = service.issue();
  const auto held = service.who(first);
  ASSERT_TRUE(service.time.run(service.handles.revoke(first.record().id)));
  EXPECT_FALSE(service.who(first));
  EXPECT_TRUE(service.who(second));
  EXPECT_EQ(held->repository().shown(), "acme/widgets");  // a call under way keeps what it holds
  ASSERT_TRUE(service.time.run(service.handles.revoke(first.record().id)));
  EXPECT_EQ(service.time.run(service.handles.revoke(HandleId(7))).error().code(), ErrorCode::kNotFound);
}

TEST(Handles, LiveFromASecondToThirtyDays) {
  Service service;
  const auto issued_for = [&service](Duration life) {
    HandleWish wanted = wish();
    wanted.life = life;
    return service.time.run(service.handles.issue(wanted));
  };
  EXPECT_TRUE(issued_for(1s));
  EXPECT_TRUE(issued_for(30 * 24h));
  for (const Duration life :
       {Duration(0), Duration(-1h), Duration(1s) - Duration(1), Duration(30 * 24h + 1s)}) {
    const auto refused = issued_for(life);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidRequest);
    EXPECT_THAT(refused.error().message(), HasSubstr("1s to 30d"));
  }
}

TEST(Handles, ShareOneBudgetAmongAllCalls) {
  Service service;
  HandleWish wanted = wish();
  wanted.limits = *policy::BudgetLimits::make(8, 2, 1000);
  const NewHandle issued = service.issue(wanted);
  EXPECT_TRUE(service.call(issued, 10));
  EXPECT_TRUE(service.call(issued, 10));
  EXPECT_FALSE(service.call(issued, 10));
}

TEST(Handles, ShowWhatIsSpentBeforeItIsWrittenDown) {
  Service service;
  const NewHandle issued = service.issue();
  ASSERT_TRUE(service.call(issued, 500));
  EXPECT_EQ(service.recorded(issued), BudgetSpent(0, 0));
  EXPECT_EQ(service.time.run(service.handles.get(issued.record().id))->spent, BudgetSpent(1, 500));
  const auto page = service.time.run(service.handles.list(HandlePageRequest()));
  EXPECT_EQ(page->items().at(0).spent, BudgetSpent(1, 500));
  EXPECT_EQ(service.time.run(service.handles.get(HandleId(7))).error().code(), ErrorCode::kNotFound);
}

TEST(Handles, ListEachHandleOncePageByPage) {
  Service service;
  for (int i = 0; i < 65; ++i) service.issue();
  std::vector<std::size_t> sizes;
  std::vector<HandleId> seen;
  HandlePageRequest request;
  for (;;) {
    const auto page = service.time.run(service.handles.list(request));
    sizes.push_back(page->items().size());
    for (const store::Handle& handle : page->items()) seen.push_back(handle.id);
    if (!page->next_cursor()) break;
    request = HandlePageRequest::parse(std::nullopt, *page->next_cursor()).value();
  }
  EXPECT_THAT(sizes, ElementsAre(30, 30, 5));
  EXPECT_EQ(std::set<HandleId>(seen.begin(), seen.end()).size(), 65U);
}

TEST(Handles, WriteDownWhatIsSpentEveryFewSeconds) {
  Service service;
  service.time.spawn(service.handles.write_behind());
  const NewHandle issued = service.issue();
  const NewHandle idle = service.issue();
  ASSERT_TRUE(service.call(issued, 500));
  service.time.advance(SpentWriter::kEvery);
  EXPECT_EQ(service.recorded(issued), BudgetSpent(1, 500));
  EXPECT_EQ(service.recorded(idle), BudgetSpent(0, 0));
  const int writings = service.records->writings;
  service.time.advance(10 * SpentWriter::kEvery);
  EXPECT_EQ(service.records->writings, writings) << "nothing was spent since";
  ASSERT_TRUE(service.call(issued, 1));
  service.time.advance(SpentWriter::kEvery);
  EXPECT_EQ(service.recorded(issued), BudgetSpent(2, 501));
}

TEST(Handles, ShowWhatOtherReplicasHaveSpent) {
  const auto records = std::make_shared<FakeHandleRecords>();
  Service service(records);
  const NewHandle issued = service.issue();
  ASSERT_TRUE(service.call(issued, 500));
  records->handles.at(issued.record().id).spent = BudgetSpent(3, 70);
  EXPECT_EQ(service.time.run(service.handles.get(issued.record().id))->spent, BudgetSpent(3, 500));
}

TEST(Handles, WriteDownTheRestWhenTheyStop) {
  Service service;
  service.time.spawn(service.handles.write_behind());
  const NewHandle issued = service.issue();
  ASSERT_TRUE(service.call(issued, 500));
  service.time.run(service.handles.stop());
  EXPECT_EQ(service.recorded(issued), BudgetSpent(1, 500));
}

TEST(Handles, WriteDownLaterWhatTheRecordsRefused) {
  Service service;
  service.time.spawn(service.handles.write_behind());
  const NewHandle first = service.issue();
  const NewHandle second = service.issue();
  ASSERT_TRUE(service.call(first, 1));
  service.records->failure = Error(ErrorCode::kUnavailable, "away");
  service.time.advance(2 * SpentWriter::kEvery);
  EXPECT_GE(service.log.count("handle.records_failed"), 1U);
  EXPECT_EQ(service.log.last("handle.records_failed").field("unwritten"), "1");
  ASSERT_TRUE(service.call(second, 2));
  ASSERT_TRUE(service.call(first, 3));
  service.records->failure.reset();
  service.time.advance(SpentWriter::kEvery);
  EXPECT_EQ(service.recorded(first), BudgetSpent(2, 4));
  EXPECT_EQ(service.recorded(second), BudgetSpent(1, 2));
}

TEST(Handles, WriteDownMoreThanOneBatch) {
  Service service;
  service.time.spawn(service.handles.write_behind());
  std::vector<NewHandle> issued;
  for (std::size_t i = 0; i < SpentWriter::kBatch + 5; ++i) issued.push_back(service.issue());
  for (const NewHandle& handle : issued) ASSERT_TRUE(service.call(handle, 1));
  service.time.advance(SpentWriter::kEvery);
  for (const NewHandle& handle : issued) ASSERT_EQ(service.recorded(handle), BudgetSpent(1, 1));
  EXPECT_EQ(service.records->writings, 2);
}

TEST(Handles, WriteDownWhatACallSpendsAfterItsHandleWasRevoked) {
  Service service;
  service.time.spawn(service.handles.write_behind());
  const NewHandle issued = service.issue();
  const Service::Lease lease = service.acquire(issued, CallKind::kWrite);
  service.time.advance(SpentWriter::kEvery);
  ASSERT_TRUE(service.time.run(service.handles.revoke(issued.record().id)));
  ASSERT_TRUE(service.time.run((*lease)->spend(77)));
  service.time.advance(SpentWriter::kEvery);
  EXPECT_EQ(service.recorded(issued), BudgetSpent(1, 77));
}

TEST(Handles, AreForgottenADayAfterTheirEnd) {
  Service service;
  service.time.spawn(service.handles.write_behind());
  const NewHandle expiring = service.issue();
  const NewHandle revoked = service.issue();
  HandleWish wanted = wish();
  wanted.life = 48h;
  const NewHandle living = service.issue(wanted);
  ASSERT_TRUE(service.time.run(service.handles.revoke(revoked.record().id)));
  service.time.advance(24h - 1min);
  EXPECT_EQ(service.records->handles.size(), 3U);
  service.time.advance(3min);
  EXPECT_FALSE(service.records->handles.contains(revoked.record().id));
  EXPECT_TRUE(service.records->handles.contains(expiring.record().id));
  service.time.advance(1h);
  EXPECT_EQ(service.records->handles.size(), 1U);
  EXPECT_TRUE(service.who(living));
}

TEST(Handles, KeepACallGoingWhoseHandleIsForgotten) {
  Service service;
  service.time.spawn(service.handles.write_behind());
  const NewHandle issued = service.issue();
  const Service::Lease lease = service.acquire(issued, CallKind::kWrite);
  service.time.advance(26h);
  EXPECT_TRUE(service.records->handles.empty());
  EXPECT_TRUE(service.time.run((*lease)->spend(1)));
  service.time.advance(1min);
  EXPECT_TRUE(service.records->handles.empty());
}

TEST(Handles, AreKnownAfterAStartWithWhatTheySpent) {
  const auto records = std::make_shared<FakeHandleRecords>();
  Service before(records);
  before.time.spawn(before.handles.write_behind());
  HandleWish wanted = wish();
  wanted.limits = *policy::BudgetLimits::make(8, 2, 1000);
  const NewHandle kept = before.issue(wanted);
  const NewHandle revoked = before.issue();
  ASSERT_TRUE(before.time.run(before.handles.revoke(revoked.record().id)));
  ASSERT_TRUE(before.call(kept, 999));
  before.time.run(before.handles.stop());

  Service after(records, 2);
  EXPECT_FALSE(after.who(kept));  // not loaded yet
  ASSERT_TRUE(after.time.run(after.handles.load()));
  ASSERT_TRUE(after.who(kept));
  EXPECT_FALSE(after.who(revoked));
  EXPECT_EQ(after.who(kept)->operations(), catalogue::OperationSet::of(wanted.operations));
  EXPECT_EQ(after.who(kept)->budget().spent(), BudgetSpent(1, 999));
  EXPECT_FALSE(after.call(kept, 2)) << "one byte is left";
  EXPECT_FALSE(after.call(kept, 1)) << "no request is";
}

TEST(Handles, OpenNothingWithoutTheirIssuerOrOperations) {
  const auto records = std::make_shared<FakeHandleRecords>();
  Service before(records);
  const NewHandle orphan = before.issue();
  const NewHandle unreadable = before.issue();
  const NewHandle sound = before.issue();
  records->handles.at(orphan.record().id).issuer = "session-7";
  records->handles.at(unreadable.record().id).operations = "read,conjure_issue";

  Service after(records, 2);
  ASSERT_TRUE(after.time.run(after.handles.load()));
  EXPECT_FALSE(after.who(orphan));
  EXPECT_FALSE(after.who(unreadable));
  EXPECT_TRUE(after.who(sound));
  EXPECT_EQ(after.log.count("handle.opens_nothing"), 2U);
  ASSERT_TRUE(after.time.run(after.handles.revoke(orphan.record().id)));
}

TEST(Handles, LoadMoreThanOnePageOfRecords) {
  const auto records = std::make_shared<FakeHandleRecords>();
  Service before(records);
  std::vector<NewHandle> issued;
  for (int i = 0; i < 2001; ++i) issued.push_back(before.issue());
  Service after(records, 2);
  ASSERT_TRUE(after.time.run(after.handles.load()));
  for (const NewHandle& handle : issued) ASSERT_TRUE(after.who(handle));
}

TEST(Handles, HoldNoMoreThanTheirBound) {
  const auto records = std::make_shared<FakeHandleRecords>();
  Service service(records);
  const store::Handle one = service.issue().record();
  for (std::size_t n = 1; n < Handles::kMaxHandles; ++n) {
    store::Handle other = one;
    other.id = HandleId(n);
    std::memcpy(other.digest.data(), &n, sizeof n);
    records->handles.emplace(other.id, other);
  }
  ASSERT_TRUE(service.time.run(service.handles.load()));
  const auto refused = service.time.run(service.handles.issue(wish()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kConflict);
}

TEST(Handles, ChangeNothingWhenTheRecordsAreAway) {
  Service service;
  const NewHandle issued = service.issue();
  service.records->failure = Error(ErrorCode::kUnavailable, "away");
  EXPECT_EQ(service.time.run(service.handles.issue(wish())).error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(service.time.run(service.handles.revoke(issued.record().id)).error().code(),
            ErrorCode::kUnavailable);
  EXPECT_TRUE(service.who(issued));  // the revocation was not answered with success
  service.records->failure.reset();
}

// Whatever happens in whatever order, the memory authenticates exactly the live handles of the records.
TEST(Handles, AgreeWithTheRecordsAfterRandomChanges) {
  Service service;
  service.time.spawn(service.handles.write_behind());
  SeededRandom random(7);
  std::vector<NewHandle> all;
  for (int step = 0; step < 1000; ++step) {
    const auto pick = random.below(10);
    if (pick < 4) {
      HandleWish wanted = wish();
      wanted.life = std::chrono::minutes(1 + random.below(600));
      all.push_back(service.issue(wanted));
    } else if (pick < 7 && !all.empty()) {
      (void)service.time.run(service.handles.revoke(all[random.below(all.size())].record().id));
    } else {
      service.time.advance(std::chrono::minutes(random.below(60)));
    }
    const TimePoint now = service.time.clock().now();
    for (const NewHandle& handle : all) {
      const auto found = service.records->handles.find(handle.record().id);
      const bool is_live = found != service.records->handles.end() && found->second.ends_at() > now;
      ASSERT_EQ(service.who(handle) != nullptr, is_live) << "step " << step;
    }
  }
}

TEST(Handles, AreAuthenticatedOnManyThreadsWhileOthersComeAndGo) {
  SystemClock clock;
  net::SystemTimers timers;
  SystemRandom random;
  obs::NullLog log;
  const auto records = SqliteStore::open(":memory:").value();
  MemoryBudgets budgets;
  Handles handles({*records, *records, budgets, clock, timers, random, log});
  const NewHandle steady = test::run(handles.issue(wish())).value();
  std::atomic<bool> done = false;
  std::vector<std::jthread> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back([&] {
      while (!done) EXPECT_TRUE(handles.authenticate(steady.handle().reveal()));
    });
  }
  for (int i = 0; i < 100; ++i) {
    const NewHandle other = test::run(handles.issue(wish())).value();
    EXPECT_TRUE(handles.authenticate(other.handle().reveal()));
    ASSERT_TRUE(test::run(handles.revoke(other.record().id)));
    EXPECT_FALSE(handles.authenticate(other.handle().reveal()));
  }
  done = true;
}

}  // namespace
}  // namespace hubwarden::auth
