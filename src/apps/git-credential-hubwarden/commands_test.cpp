#include "apps/git-credential-hubwarden/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <deque>
#include <filesystem>

namespace hubwarden::git_credential {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr TimePoint kNow{1'795'375'800s};

// Answers from a list; at its end it is away.
class FakeBroker final : public Broker {
 public:
  Result<Token> ask(const Question& question, SteadyPoint) override {
    asked.push_back(question.repository.shown());
    if (answers.empty()) return fail(ErrorCode::kUnavailable, "connect: Connection refused");
    Result<Token> next = std::move(answers.front());
    answers.pop_front();
    return next;
  }
  Result<void> report(const Secret& token, SteadyPoint) override {
    reported.emplace_back(token.reveal());
    return {};
  }

  std::deque<Result<Token>> answers;
  std::vector<std::string> asked;
  std::vector<std::string> reported;
};

class ManualSleeper final : public Sleeper {
 public:
  explicit ManualSleeper(ManualClock& clock) : clock_(clock) {}
  void sleep_until(SteadyPoint when) override { clock_.advance(when - clock_.steady_now()); }

 private:
  ManualClock& clock_;
};

class Commands : public testing::Test {
 protected:
  Commands() {
    std::string pattern = (fs::temp_directory_path() / "commands_XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  ~Commands() override { fs::remove_all(root_); }

  RecordFile open() const { return RecordFile(*open_record_directory((root_ / "h").string()), "key"); }
  void answer(std::string_view token, Duration life = 1h) {
    answer_for(token, clock_.now() + std::chrono::duration_cast<TimePoint::duration>(life));
  }
  void answer_for(std::string_view token, std::optional<TimePoint> expires) {
    broker_.answers.emplace_back(Token(Secret(token), expires));
  }
  void refuse(ErrorCode code) { broker_.answers.emplace_back(fail(code, "no")); }
  // The token, or the error's code.
  std::string ask() {
    RecordFile file = open();
    const Outcome outcome = get(question_, &file, world_);
    warnings_ = outcome.warnings;
    return outcome.token ? std::string(outcome.token->value.reveal())
                         : std::string(to_string(outcome.token.error().code()));
  }

  fs::path root_;
  ManualClock clock_{kNow};
  SeededRandom random_{5};
  ManualSleeper sleeper_{clock_};
  FakeBroker broker_;
  World world_{clock_, random_, sleeper_, broker_};
  Question question_{"https://github.com", *policy::Repository::parse("acme/widgets")};
  std::vector<std::string> warnings_;
};

TEST_F(Commands, AskOnceAMinute) {
  answer("ghs_one");
  answer("ghs_two");
  EXPECT_EQ(ask(), "ghs_one");
  clock_.advance(59s);
  EXPECT_EQ(ask(), "ghs_one");
  clock_.advance(1s);
  EXPECT_EQ(ask(), "ghs_two");
  EXPECT_THAT(broker_.asked, ElementsAre("acme/widgets", "acme/widgets"));
}

TEST_F(Commands, AskEveryTimeWithoutARecord) {
  answer("ghs_one");
  answer("ghs_two");
  EXPECT_EQ(get(question_, nullptr, world_).token->value.reveal(), "ghs_one");
  EXPECT_EQ(get(question_, nullptr, world_).token->value.reveal(), "ghs_two");
}

TEST_F(Commands, AskAgainWhileHubwardenComesUp) {
  refuse(ErrorCode::kUnavailable);
  refuse(ErrorCode::kUnavailable);
  answer("ghs_one");
  EXPECT_EQ(ask(), "ghs_one");
  EXPECT_EQ(broker_.asked.size(), 3U);
}

TEST_F(Commands, GiveUpWithinGitsPatience) {
  const SteadyPoint start = clock_.steady_now();
  EXPECT_EQ(ask(), "unavailable");
  EXPECT_LE(clock_.steady_now() - start, 10s);
}

TEST_F(Commands, BridgeAnAbsenceAtOnceWhileTheTokenLives) {
  answer("ghs_one");
  ask();
  clock_.advance(59min);
  const SteadyPoint start = clock_.steady_now();
  EXPECT_EQ(ask(), "ghs_one");
  EXPECT_EQ(clock_.steady_now(), start);
  EXPECT_EQ(broker_.asked.size(), 2U);
  clock_.advance(1s);
  EXPECT_EQ(ask(), "unavailable");
}

TEST_F(Commands, BridgeWhatHubwardenItselfCannotHelp) {
  for (const ErrorCode code :
       {ErrorCode::kRateLimited, ErrorCode::kUpstreamProtocol, ErrorCode::kUpstreamUnavailable,
        ErrorCode::kUpstreamTimeout, ErrorCode::kUnavailable, ErrorCode::kInternal}) {
    answer("ghs_one");
    EXPECT_EQ(ask(), "ghs_one");
    clock_.advance(2min);
    refuse(code);
    EXPECT_EQ(ask(), "ghs_one") << to_string(code);
  }
}

TEST_F(Commands, NeverGoOnWithATokenThatHubwardenNowRefuses) {
  for (const ErrorCode code :
       {ErrorCode::kUnauthenticated, ErrorCode::kForbidden, ErrorCode::kAppNotInstalled,
        ErrorCode::kInstallationSuspended, ErrorCode::kNotFound, ErrorCode::kUpstreamAuth}) {
    answer("ghs_one");
    EXPECT_EQ(ask(), "ghs_one");
    clock_.advance(2min);
    refuse(code);
    EXPECT_EQ(ask(), to_string(code));
    EXPECT_EQ(ask(), "unavailable") << "the record must be gone";
    clock_.advance(1min);
  }
}

TEST_F(Commands, KeepNoTokenWithoutAnExpiry) {
  answer_for("ghp_static", std::nullopt);
  EXPECT_EQ(ask(), "ghp_static");
  EXPECT_EQ(ask(), "unavailable");
}

TEST_F(Commands, RefuseATokenThatIsDeadByThisClock) {
  answer_for("ghs_old", kNow);
  EXPECT_EQ(ask(), "upstream_protocol");
}

TEST_F(Commands, WaitForAnotherProcessAndTakeItsAnswer) {
  RecordFile other = open();
  auto held = other.try_lock();
  ASSERT_TRUE(held && *held);
  // The other one is done when this one has waited for a while.
  class Finishing final : public Sleeper {
   public:
    Finishing(ManualClock& clock, std::function<void()> finish) : clock_(clock), finish_(std::move(finish)) {}
    void sleep_until(SteadyPoint when) override {
      clock_.advance(when - clock_.steady_now());
      if (++naps_ == 20) finish_();
    }

   private:
    ManualClock& clock_;
    std::function<void()> finish_;
    int naps_ = 0;
  };
  Finishing sleeper(clock_, [&] {
    other.replace(Record(Secret("ghs_theirs"), clock_.now(), clock_.now() + 1h), **held);
    held->reset();
  });
  World world(clock_, random_, sleeper, broker_);
  RecordFile file = open();
  const Outcome outcome = get(question_, &file, world);
  ASSERT_TRUE(outcome.token);
  EXPECT_EQ(outcome.token->value.reveal(), "ghs_theirs");
  EXPECT_TRUE(broker_.asked.empty());
}

TEST_F(Commands, AskThemselvesWhenTheOtherProcessHangs) {
  RecordFile other = open();
  const auto held = other.try_lock();
  ASSERT_TRUE(held && *held);
  answer("ghs_mine");
  const SteadyPoint start = clock_.steady_now();
  EXPECT_EQ(ask(), "ghs_mine");
  EXPECT_EQ(clock_.steady_now() - start, 4s);
}

TEST_F(Commands, WarnAboutAPlantedRecordAndAnswerWithoutIt) {
  fs::create_directory(root_ / "h");
  chmod((root_ / "h").c_str(), 0700);
  {
    RecordFile file = open();
    EXPECT_TRUE(file.try_lock());
  }
  fs::permissions(fs::directory_iterator(root_ / "h")->path(), fs::perms::others_read, fs::perm_options::add);
  answer("ghs_one");
  EXPECT_EQ(ask(), "ghs_one");
  EXPECT_THAT(warnings_, ElementsAre(testing::HasSubstr("others may")));
}

TEST_F(Commands, EraseForgetsThatVeryTokenAndReportsIt) {
  answer("ghs_one");
  ask();
  RecordFile file = open();
  EXPECT_TRUE(erase(Secret("ghs_other"), &file, world_));
  EXPECT_EQ(ask(), "ghs_one");
  EXPECT_TRUE(erase(Secret("ghs_one"), &file, world_));
  EXPECT_EQ(ask(), "unavailable");
  EXPECT_THAT(broker_.reported, ElementsAre("ghs_other", "ghs_one"));
}

}  // namespace
}  // namespace hubwarden::git_credential
