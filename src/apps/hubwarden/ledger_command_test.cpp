#include "apps/hubwarden/ledger_command.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "apps/hubwarden/exit_status.h"
#include "apps/hubwarden/ledger_keys.h"
#include "apps/hubwarden/ledger_tail.h"
#include "base/text.h"
#include "ledger/ledger_fixture.h"
#include "ledger/line.h"
#include "store/sqlite_store.h"
#include "tests/support/printed.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::apps {
namespace {

using ledger::Body;
using ledger::Chain;
using ledger::ChainEnded;
using ledger::ChainStarted;
using ledger::Event;
using ledger::EventKind;
using ledger::kNoon;
using ledger::ReplicaId;
using test::Printed;
using test::printed;
using test::run;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

Event delivery(std::string_view workspace, const std::string& token, int minute) {
  Event event(EventKind::kTokenDelivered, kNoon + std::chrono::minutes(minute),
              ledger::Actor(ledger::ActorKind::kWorkspace, std::string(workspace)));
  event.workspace = *policy::WorkspaceId::parse(workspace);
  event.fingerprint = crypto::fingerprint(Secret(token));
  event.repository = *policy::Repository::parse("acme/widgets");
  return event;
}

// A SQLite file with the chain of one replica that was stopped in order, and a configuration that names it.
class LedgerCommand : public ::testing::Test {
 protected:
  LedgerCommand() {
    write(config_, "records: {path: " + records_ +
                       "}\nredis: {url: redis://localhost, seal_keys: \"file:" + key_ + "\"}\n");
    write(key_, "what all the replicas of this fleet share\n");
    const store::LedgerSegment begun = chain_.extend(
        {ChainStarted(kNoon, {}), delivery("agent-7", "ghs_a", 1), delivery("agent-8", "ghs_b", 2)});
    const store::LedgerSegment ended =
        chain_.extend({delivery("agent-7", "ghs_a", 3), ChainEnded(kNoon + std::chrono::minutes(4))});
    lines_ = begun.lines + ended.lines;
    put({begun, ended});
  }

  static void write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }
  void put(const std::vector<store::LedgerSegment>& segments) {
    const auto store = store::SqliteStore::open(records_).value();
    for (const store::LedgerSegment& each : segments) ASSERT_TRUE(run(store->append(each)));
  }
  LedgerOptions records() const {
    LedgerOptions options;
    options.config_path = config_;
    return options;
  }
  LedgerOptions file(const std::string& lines) const {
    write(file_, lines);
    LedgerOptions options = records();
    options.files = {file_};
    return options;
  }
  static Printed verify(const LedgerOptions& options, const VerifyOptions& wanted = {}) {
    return printed([&] { return verify_ledger(options, wanted); });
  }
  std::string without_line(std::size_t at) const {
    std::string out;
    const std::vector<std::string_view> lines = split(lines_, '\n');
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
      if (i != at) out.append(lines[i]).append("\n");
    }
    return out;
  }

  test::TemporaryDirectory directory_;
  const std::string config_ = directory_ / "hubwarden.yaml";
  const std::string records_ = directory_ / "records.db";
  const std::string key_ = directory_ / "key";
  const std::string file_ = directory_ / "ledger.jsonl";
  const ledger::SigningKey signing_{Secret("what all the replicas of this fleet share")};
  Chain chain_{ReplicaId(7), signing_};
  std::string lines_;
};

TEST_F(LedgerCommand, SaysThatTheRecordsAreWhole) {
  const Printed whole = verify(records());
  EXPECT_EQ(whole.status, kDone) << whole.err;
  EXPECT_EQ(whole.out,
            "whole: 5 lines, 1 chain, 3 events\n"
            "chain 0000000000000007  1-5  ended 2026-09-21T14:17:20.000000Z\n");
}

TEST_F(LedgerCommand, SaysWhereAFileIsNot) {
  const Printed broken = verify(file(without_line(2)));
  EXPECT_EQ(broken.status, kFailed);
  EXPECT_EQ(broken.out,
            "line 3, chain 0000000000000007, record 3: removed: the records before this one are not there\n");
  LedgerOptions options = file(without_line(2));
  options.json = true;
  EXPECT_THAT(
      verify(options).out,
      StartsWith(R"({"whole":false,"problem":{"what":"removed","line":3,"replica":"0000000000000007",)"
                 R"("sequence":3,"message":)"));
}

TEST_F(LedgerCommand, VerifiesWithAPublicKeyAlone) {
  LedgerOptions options = file(lines_);
  options.config_path = directory_ / "nowhere";
  options.public_keys = {signing_.public_text()};
  EXPECT_EQ(verify(options).status, kDone);
  options.public_keys = {ledger::SigningKey(Secret("another")).public_text()};
  EXPECT_EQ(verify(options).status, kFailed);
  options.public_keys = {"no key"};
  EXPECT_EQ(verify(options).status, kWrongUsage);
  options.public_keys.clear();
  EXPECT_EQ(verify(options).status, kConfigurationError);
}

TEST_F(LedgerCommand, ShowsThatKey) {
  const Printed key = printed([&] { return print_ledger_keys(records()); });
  EXPECT_EQ(key.out, signing_.public_text() + "\n");
}

TEST_F(LedgerCommand, MissesWhatAnEarlierVerificationKnew) {
  LedgerOptions options = records();
  options.json = true;
  VerifyOptions wanted;
  wanted.known_file = directory_ / "known.json";
  write(wanted.known_file, verify(options).out);
  EXPECT_EQ(verify(file(lines_), wanted).status, kDone);
  const Printed cut = verify(file(without_line(4)), wanted);
  EXPECT_EQ(cut.status, kFailed);
  EXPECT_THAT(cut.out, AllOf(HasSubstr("record 5: truncated"), HasSubstr("known from elsewhere")));
  write(wanted.known_file, "{}");
  EXPECT_EQ(verify(file(lines_), wanted).status, kWrongUsage);
}

TEST_F(LedgerCommand, TakesAPartForWhatItIs) {
  VerifyOptions part;
  part.is_part = true;
  EXPECT_EQ(verify(file(without_line(0))).status, kFailed);
  EXPECT_EQ(verify(file(without_line(0)), part).status, kDone);
}

TEST_F(LedgerCommand, ReadsSeveralFilesAsOne) {
  LedgerOptions options = file(lines_.substr(0, 700));
  const std::string second = directory_ / "second";
  write(second, lines_.substr(700));
  options.files.push_back(second);
  EXPECT_EQ(verify(options).status, kDone);
}

TEST_F(LedgerCommand, SaysWhatCannotBeReached) {
  LedgerOptions options = records();
  std::remove(records_.c_str());
  EXPECT_EQ(verify(options).status, kNotReachable);
  EXPECT_FALSE(std::ifstream(records_).good());  // and makes nothing
  options.files = {directory_ / "nowhere"};
  const Printed refused = verify(options);
  EXPECT_EQ(refused.status, kNotReachable);
  EXPECT_THAT(refused.err, HasSubstr("No such file"));
}

TEST_F(LedgerCommand, ExportsWhatCanBeVerified) {
  const Printed all = printed([&] { return export_ledger(records(), {}); });
  EXPECT_EQ(all.status, kDone);
  EXPECT_EQ(all.out, lines_);
  EXPECT_EQ(verify(file(all.out)).status, kDone);
}

TEST_F(LedgerCommand, ExportsWhatIsAskedFor) {
  ExportOptions wanted;
  wanted.since = "2026-09-21T14:16:00Z";  // the first segment ended then
  const Printed late = printed([&] { return export_ledger(records(), wanted); });
  EXPECT_EQ(late.out, lines_.substr(lines_.find("\"sequence\":4") -
                                    std::string(R"({"replica":"0000000000000007",)").size()));
  wanted.since = "yesterday";
  EXPECT_EQ(printed([&] { return export_ledger(records(), wanted); }).status, kWrongUsage);
  wanted = {};
  wanted.replica = "0000000000000008";
  EXPECT_THAT(printed([&] { return export_ledger(records(), wanted); }).out, IsEmpty());
}

TEST_F(LedgerCommand, ExportsTheStatementsOfWhatWasPruned) {
  const auto old = std::get<ledger::Record>(*ledger::read_line(split(lines_, '\n')[2]));
  const store::LedgerHead head(ReplicaId(7), 3, old.hash);
  ledger::Pruned pruned(head, kNoon);
  const std::string statement = seal(pruned, signing_) + "\n";
  {
    const auto store = store::SqliteStore::open(records_).value();
    ASSERT_TRUE(run(store->prune({store::LedgerBeginning(head, kNoon, statement)})));
  }
  EXPECT_EQ(verify(records()).status, kDone);
  const Printed all = printed([&] { return export_ledger(records(), {}); });
  EXPECT_THAT(all.out, HasSubstr(statement));
  EXPECT_EQ(verify(file(all.out)).status, kDone);
}

TEST_F(LedgerCommand, TellsWhoHadAToken) {
  const std::string fingerprint = crypto::fingerprint(Secret("ghs_a")).text();
  for (const LedgerOptions& options : {records(), file(lines_)}) {
    const Printed had = printed([&] { return who_had(options, fingerprint); });
    EXPECT_EQ(had.status, kDone);
    EXPECT_EQ(had.out,
              "2026-09-21T14:14:20.000000Z  2026-09-21T14:16:20.000000Z  2 times  kind=token_delivered  "
              "actor=workspace  subject=agent-7  workspace=agent-7  repository=acme/widgets\n");
  }
  LedgerOptions options = records();
  options.json = true;
  EXPECT_THAT(printed([&] { return who_had(options, fingerprint); }).out,
              StartsWith(R"({"first_at":"2026-09-21T14:14:20.000000Z","last_at":)"));
}

TEST_F(LedgerCommand, TakesThreeDotsForTheOne) {
  std::string fingerprint = crypto::fingerprint(Secret("ghs_b")).text();
  fingerprint.replace(fingerprint.find("…"), std::string_view("…").size(), "...");
  EXPECT_THAT(printed([&] { return who_had(records(), fingerprint); }).out, HasSubstr("agent-8"));
}

TEST_F(LedgerCommand, SaysThatNobodyHadIt) {
  const Printed nobody = printed([&] { return who_had(records(), "ghs_…000000000000"); });
  EXPECT_EQ(nobody.status, kFailed);
  EXPECT_THAT(nobody.err, HasSubstr("no token ghs_…000000000000"));
  const Printed secret =
      printed([&] { return who_had(records(), "ghs_16C7e42F292c6912E7710c838347Ae178B4a"); });
  EXPECT_EQ(secret.status, kWrongUsage);
  EXPECT_THAT(secret.err, Not(HasSubstr("16C7")));
}

TEST_F(LedgerCommand, ShowsWhatHappenedLast) {
  TailOptions wanted;
  wanted.count = 2;
  for (const LedgerOptions& options : {records(), file(lines_)}) {
    const Printed last = printed([&] { return tail_ledger(options, wanted); });
    EXPECT_EQ(last.out, "2026-09-21T14:16:20.000000Z  token_delivered  ok  workspace  agent-7  fingerprint=" +
                            crypto::fingerprint(Secret("ghs_a")).text() +
                            "  repository=acme/widgets  workspace=agent-7\n"
                            "2026-09-21T14:17:20.000000Z  chain_ended\n");
  }
  LedgerOptions options = records();
  options.json = true;
  wanted.count = 100;
  EXPECT_EQ(printed([&] { return tail_ledger(options, wanted); }).out, lines_);
}

TEST_F(LedgerCommand, FollowsWhatHappens) {
  const auto store = store::SqliteStore::open(records_).value();
  config::Records records;
  records.path = records_;
  const auto source = open_ledger(records).value();
  LedgerTail tail(*source);
  std::vector<std::uint64_t> shown;
  const auto show = [&](const ShownRecord& record) { shown.push_back(record.sequence); };
  ASSERT_TRUE(tail.first(1, show));
  EXPECT_THAT(shown, testing::ElementsAre(5));
  Chain other(ReplicaId(9), signing_);
  ASSERT_TRUE(run(store->append(other.extend({ChainStarted(kNoon, {}), delivery("agent-7", "ghs_a", 0)}))));
  ASSERT_TRUE(tail.next(show));
  EXPECT_THAT(shown, testing::ElementsAre(5, 1, 2));
  ASSERT_TRUE(tail.next(show));
  EXPECT_EQ(shown.size(), 3U);
}

TEST_F(LedgerCommand, FindsTheLastLinesOfALongFile) {
  Chain chain(ReplicaId(7), signing_);
  std::vector<Body> bodies(1, ChainStarted(kNoon, {}));
  for (int i = 0; i < 20'000; ++i) bodies.emplace_back(delivery("agent-7", "ghs_a", i));
  const store::LedgerSegment segment = chain.extend(bodies);
  LedgerOptions options = file(segment.lines);
  options.json = true;
  TailOptions wanted;
  wanted.count = 3'000;
  const Printed last = printed([&] { return tail_ledger(options, wanted); });
  EXPECT_EQ(std::ranges::count(last.out, '\n'), 3'000);
  EXPECT_TRUE(segment.lines.ends_with(last.out));
}

TEST(LedgerKeys, AreOfTheFleetsSecretsOrAnAppsKey) {
  config::Config config;
  EXPECT_EQ(ledger_keys(config).error().code(), ErrorCode::kNotConfigured);
  config.redis.seal_keys = {SharedSecret("new"), SharedSecret("old")};
  const auto keys = ledger_keys(config).value();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].public_text(), ledger::SigningKey(Secret("new")).public_text());
}

}  // namespace
}  // namespace hubwarden::apps
