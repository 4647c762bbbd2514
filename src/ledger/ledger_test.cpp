#include "ledger/ledger.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "ledger/body_text.h"
#include "ledger/ledger_fixture.h"
#include "ledger/line.h"
#include "ledger/record_sink.h"
#include "obs/capturing_log.h"
#include "store/fake_ledger_records.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::ledger {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using testing::VirtualTime;

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() { ledger_ = begin(); }

  // A server that starts.
  std::unique_ptr<Ledger> begin() {
    std::vector<std::unique_ptr<Sink>> sinks;
    sinks.push_back(std::make_unique<RecordSink>(records_));
    Ledger::Parts parts{test_key(), time_.clock(), time_, random_, metrics_, log_};
    auto ledger = std::make_unique<Ledger>(std::move(parts), std::move(sinks));
    ledger->start(time_.executor());
    time_.settle();
    return ledger;
  }

  // What has become of a record_durably() by now; nothing while it waits.
  struct Asked {
    std::optional<Result<>> answer;
  };
  std::shared_ptr<Asked> ask(Event event) {
    auto asked = std::make_shared<Asked>();
    time_.spawn(keep(*ledger_, std::move(event), asked));
    time_.settle();
    return asked;
  }
  static net::Task<> keep(Ledger& ledger, Event event, std::shared_ptr<Asked> asked) {
    Result<> answer = co_await ledger.record_durably(std::move(event));
    asked->answer.emplace(std::move(answer));
  }

  Event event(const std::string& about) const {
    Event out = plain_event(time_.clock().now());
    out.about = about;
    return out;
  }

  // Of all chains in the order of their names: what each record says, briefly.
  std::vector<std::string> written() const {
    std::vector<std::string> out;
    std::vector<std::string> lines;
    const std::string text = records_.text();
    for (const std::string_view line : split(text, '\n')) {
      if (line.empty()) continue;
      const Record record = std::get<Record>(read_line(line).value());
      out.push_back(brief(parse_body(record.body).value()));
    }
    return out;
  }
  static std::string brief(const Body& body) {
    if (const auto* const event = std::get_if<Event>(&body)) return event->about;
    if (const auto* const lost = std::get_if<EventsLost>(&body)) return "lost " + std::to_string(lost->count);
    if (std::holds_alternative<ChainStarted>(body)) return "start";
    return std::holds_alternative<Checkpoint>(body) ? "checkpoint" : "end";
  }
  std::optional<Problem> problem() const { return verified(records_.text()).problem; }
  void stop() { time_.run(ledger_->stop()); }

  mutable VirtualTime time_{kNoon};
  SeededRandom random_{1};
  obs::Metrics metrics_;
  obs::CapturingLog log_;
  store::FakeLedgerRecords records_;
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(LedgerTest, BeginsAndEndsAChain) {
  EXPECT_THAT(written(), ElementsAre("start"));
  stop();
  EXPECT_THAT(written(), ElementsAre("start", "end"));
  EXPECT_FALSE(problem());
}

TEST_F(LedgerTest, WritesWhatIsRecordedWithinATenthOfASecond) {
  ledger_->record(event("a"));
  ledger_->record(event("b"));
  time_.advance(milliseconds(99));
  EXPECT_THAT(written(), ElementsAre("start"));
  time_.advance(milliseconds(2));
  EXPECT_THAT(written(), ElementsAre("start", "a", "b"));
  EXPECT_EQ(records_.commits, 2);
}

TEST_F(LedgerTest, WritesAtOnceWhatSomebodyWaitsForAndWhatWasBeforeIt) {
  ledger_->record(event("a"));
  const auto asked = ask(event("b"));
  ASSERT_TRUE(asked->answer);
  EXPECT_TRUE(*asked->answer);
  EXPECT_THAT(written(), ElementsAre("start", "a", "b"));
}

TEST_F(LedgerTest, WritesManyInOneGo) {
  for (std::size_t i = 0; i < kBatch; ++i) ledger_->record(event("a"));
  time_.settle();
  EXPECT_EQ(records_.commits, 2);
  EXPECT_EQ(metrics_.counter("hubwarden_ledger_events_total", "").value(), kBatch);
  EXPECT_FALSE(problem());
}

TEST_F(LedgerTest, SignsWhatItHasWrittenWithinSomeSeconds) {
  ledger_->record(event("a"));
  time_.advance(seconds(5));
  EXPECT_THAT(written(), ElementsAre("start", "a"));
  time_.advance(seconds(6));
  EXPECT_THAT(written(), ElementsAre("start", "a", "checkpoint"));
  time_.advance(std::chrono::hours(3));
  EXPECT_THAT(written(), ElementsAre("start", "a", "checkpoint"));
  EXPECT_FALSE(problem());
}

TEST_F(LedgerTest, NamesTheChainsThatItFinds) {
  ledger_->record(event("a"));
  time_.advance(seconds(1));
  const std::unique_ptr<Ledger> killed = std::move(ledger_);  // it never has the time to say more
  const auto next = begin();
  const Report report = verified(records_.text());
  EXPECT_FALSE(report.problem);
  ASSERT_EQ(report.chains.size(), 2U);
  // Without the first chain's last record the second one misses it.
  auto& first =
      std::ranges::find_if(records_.all, [](const auto& each) { return each.first.second == 2; })->second;
  records_.all.erase({first.replica, first.first});
  ASSERT_TRUE(problem());
  EXPECT_EQ(problem()->what, Problem::What::kTruncated);
  time_.run(next->stop());
}

TEST_F(LedgerTest, RefusesWhoeverWaitsWhileTheRecordsAreAway) {
  records_.failure = Error(ErrorCode::kUnavailable, "away");
  const auto first = ask(event("a"));
  ASSERT_TRUE(first->answer);
  EXPECT_EQ(first->answer->error().code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(ledger_->is_failing());
  const auto second = ask(event("b"));
  ASSERT_TRUE(second->answer);
  EXPECT_FALSE(*second->answer);
  records_.failure.reset();
  time_.advance(seconds(3));
  EXPECT_FALSE(ledger_->is_failing());
  EXPECT_THAT(written(), ElementsAre("start", "a"));  // refused, and written all the same: it was asked for
  EXPECT_TRUE(*ask(event("c"))->answer);
  EXPECT_EQ(log_.count("ledger.failing"), 1U);
  EXPECT_EQ(log_.count("ledger.works_again"), 1U);
}

TEST_F(LedgerTest, KeepsWhatIsRecordedUntilTheRecordsAreBack) {
  records_.failure = Error(ErrorCode::kUnavailable, "away");
  for (const char* const about : {"a", "b", "c"}) {
    ledger_->record(event(about));
    time_.advance(seconds(1));
  }
  records_.failure.reset();
  time_.advance(seconds(3));
  EXPECT_THAT(written(), ElementsAre("start", "a", "b", "c"));
  EXPECT_FALSE(problem());
}

TEST_F(LedgerTest, WritesASegmentOnceThoughItsAnswersAreLost) {
  records_.loses_answers = true;
  ledger_->record(event("a"));
  time_.advance(seconds(10));
  EXPECT_GT(records_.commits, 3);
  records_.loses_answers = false;
  time_.advance(seconds(3));
  EXPECT_EQ(records_.all.size(), 3U);  // start, event, checkpoint
  EXPECT_FALSE(problem());
}

TEST_F(LedgerTest, TellsHowMuchItHadNoRoomFor) {
  records_.failure = Error(ErrorCode::kUnavailable, "away");
  ledger_->record(event("in the batch"));
  time_.advance(seconds(1));
  for (std::size_t i = 0; i < EventQueue::kMaxQueued + 7; ++i) ledger_->record(event("a"));
  EXPECT_EQ(metrics_.counter("hubwarden_ledger_events_lost_total", "").value(), 7U);
  records_.failure.reset();
  time_.advance(seconds(10));
  const Report report = verified(records_.text());
  EXPECT_FALSE(report.problem);
  EXPECT_EQ(report.events, EventQueue::kMaxQueued + 1);
  EXPECT_EQ(report.lost, 7U);
}

TEST_F(LedgerTest, BeginsItsChainWhenTheRecordsComeLate) {
  stop();
  records_.all.clear();
  records_.failure = Error(ErrorCode::kUnavailable, "away");
  ledger_ = begin();
  ledger_->record(event("a"));
  time_.advance(seconds(5));
  EXPECT_TRUE(ledger_->is_failing());
  records_.failure.reset();
  time_.advance(seconds(5));
  EXPECT_THAT(written(), ElementsAre("start", "a"));
  stop();
  EXPECT_FALSE(problem());
}

TEST_F(LedgerTest, WritesEverythingBeforeItStops) {
  for (std::size_t i = 0; i < 3 * kBatch; ++i) ledger_->record(event("a"));
  stop();
  const Report report = verified(records_.text());
  EXPECT_EQ(report.events, 3 * kBatch);
  EXPECT_TRUE(report.chains[0].is_ended);
  EXPECT_FALSE(*ask(event("too late"))->answer);
}

TEST_F(LedgerTest, StopsThoughTheRecordsAreAwayAndSaysWhatIsLost) {
  records_.failure = Error(ErrorCode::kUnavailable, "away");
  ledger_->record(event("a"));
  time_.advance(seconds(1));
  ledger_->record(event("b"));
  const SteadyPoint begun = time_.clock().steady_now();
  stop();
  EXPECT_LT(time_.clock().steady_now() - begun, seconds(1));
  EXPECT_EQ(log_.last("ledger.unwritten").field("events"), "2");
}

TEST_F(LedgerTest, GivesUpOnASinkThatNeverAnswers) {
  stop();
  class Silent final : public Sink {
   public:
    explicit Silent(VirtualTime& time) : time_(time) {}
    net::Task<Result<std::vector<store::LedgerHead>>> heads(std::size_t) override {
      co_await net::sleep_until(time_, time_.clock().steady_now() + std::chrono::minutes(1));
      co_return std::vector<store::LedgerHead>();
    }
    net::Task<Result<>> append(const store::LedgerSegment&) override { co_return Result<>(); }

   private:
    VirtualTime& time_;
  };
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<Silent>(time_));
  Ledger::Parts parts{test_key(), time_.clock(), time_, random_, metrics_, log_};
  ledger_ = std::make_unique<Ledger>(std::move(parts), std::move(sinks));
  ledger_->start(time_.executor());
  const auto asked = ask(event("a"));
  EXPECT_FALSE(asked->answer);
  time_.advance(ChainWriter::kPatience);
  ASSERT_TRUE(asked->answer);
  EXPECT_EQ(asked->answer->error().code(), ErrorCode::kUnavailable);
  stop();
}

TEST_F(LedgerTest, RecordsNothingWithoutSinks) {
  stop();
  Ledger::Parts parts{test_key(), time_.clock(), time_, random_, metrics_, log_};
  ledger_ = std::make_unique<Ledger>(std::move(parts), std::vector<std::unique_ptr<Sink>>());
  ledger_->record(event("a"));
  EXPECT_TRUE(*ask(event("b"))->answer);
  stop();
}

TEST_F(LedgerTest, WritesEachOfSeveralSinksAChainOfItsOwn) {
  stop();
  records_.all.clear();
  store::FakeLedgerRecords others;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<RecordSink>(records_));
  sinks.push_back(std::make_unique<RecordSink>(others));
  Ledger::Parts parts{test_key(), time_.clock(), time_, random_, metrics_, log_};
  ledger_ = std::make_unique<Ledger>(std::move(parts), std::move(sinks));
  ledger_->start(time_.executor());
  others.failure = Error(ErrorCode::kUnavailable, "away");
  ledger_->record(event("a"));
  EXPECT_TRUE(*ask(event("b"))->answer);  // the first one is what is waited for
  EXPECT_THAT(written(), ElementsAre("start", "a", "b"));
  others.failure.reset();
  time_.advance(seconds(5));
  const Report report = verified(others.text());
  EXPECT_FALSE(report.problem);
  EXPECT_EQ(report.events, 2U);
  stop();
}

}  // namespace
}  // namespace hubwarden::ledger
