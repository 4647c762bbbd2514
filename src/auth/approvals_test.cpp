#include "auth/approvals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/approvals_fixture.h"

namespace hubwarden::auth {
namespace {

using namespace std::chrono_literals;
using store::Approval;
using store::ApprovalId;
using store::ApprovalState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ApprovalsTest : public ::testing::Test {
 protected:
  ApprovalsTest() {
    trust_persons(authority_);
    ask_of({"maintainers"});
  }
  ~ApprovalsTest() override { time.run(approvals.stop()); }

  // From now on merging needs the consent of these; without any, nobody may merge.
  void ask_of(std::vector<std::string> from) {
    std::vector<rules::Allowance> may = {rules::may_do({"read"})};
    if (!from.empty()) may.push_back(may_with_consent({"pulls/merge"}, std::move(from)));
    with_rule(std::move(may));
  }
  void with_rule(std::vector<rules::Allowance> may) {
    auto next = std::make_shared<Authority>(authority_);
    next->rules =
        *rules::RuleBook::make({rules::rule_of("bots", rules::who_of("cluster-a", {{"namespace", "agents"}}),
                                               {"acme/*"}, std::move(may))},
                               {});
    std::vector<Secret> materials;
    materials.emplace_back("a secret");
    sessions = std::make_unique<Sessions>(Sessions::Parts{time.clock(), random, used, revoked}, next,
                                          SessionTokens(materials));
  }

  static Session session_of_bot(std::uint64_t id = 7) {
    Session session(SessionId(id),
                    rules::caller_of("cluster-a", {{"subject", "bot"}, {"namespace", "agents"}}));
    session.agent = "review-bot";
    session.issued_at = jwt::kNow;
    session.expires_at = jwt::kNow + 15min;
    session.renewable_until = jwt::kNow + 1h;
    return session;
  }
  static Session with_cut(Session session, std::string_view repository, TimePoint ends_at) {
    Cut cut{CutId(9)};
    cut.repositories = {rules::repository(repository)};
    cut.operations = {"pulls/merge"};
    cut.ends_at = ends_at;
    session.cuts.push_back(std::move(cut));
    return session;
  }

  rules::Decision decision(const SessionPrincipal& who) const {
    return who.grant(*sessions->authority()).decide(rules::ask_to("pulls/merge", "acme/widgets"));
  }
  Result<Approval> ask(std::string key = "key-1", std::string_view request = "merge 1",
                       Session session = session_of_bot()) {
    SessionPtr who = sessions->revive(std::move(session)).value();
    ApprovalWish wish(who, decision(*who), rules::repository("acme/widgets"));
    wish.operation = "pulls/merge";
    wish.parameters = R"({"pull_number":1})";
    wish.request = crypto::sha256(request);
    wish.key = std::move(key);
    wish.request_id = "asking";
    return time.run(approvals.ask(std::move(wish)));
  }
  // With the decision of now.
  Result<> use(const Approval& asked) {
    SessionPtr who = sessions->revive(session_of_bot()).value();
    const rules::Decision now = decision(*who);
    return time.run(approvals.use(asked, now, "using"));
  }
  static Person ada(std::vector<std::string> groups = {"maintainers"}) {
    return {"sso", "ada", std::move(groups)};
  }
  Result<Approval> decide(ApprovalId id, bool is_yes, ApprovalReader by) {
    ApprovalAnswer answer(is_yes, std::move(by));
    answer.reason = "because";
    answer.request_id = "deciding";
    return time.run(approvals.decide(id, std::move(answer), *sessions));
  }
  Result<Approval> approve(ApprovalId id, ApprovalReader by = ada()) {
    return decide(id, true, std::move(by));
  }
  Result<Approval> deny(ApprovalId id, ApprovalReader by = ada()) { return decide(id, false, std::move(by)); }
  std::vector<Approval> listed(ApprovalReader reader) {
    return time.run(approvals.list(ApprovalPageRequest(), std::nullopt, std::move(reader)))->items();
  }

  template <class T>
  static std::string refusal(const Result<T>& result) {
    if (result) return "done";
    return std::string(to_string(result.error().code())) + ": " + result.error().message();
  }

  testing::VirtualTime time{jwt::kNow};
  SeededRandom random{1};
  MemoryUsedTokens used{time.clock()};
  RevocationIndex revoked;
  obs::CapturingLog log;
  store::FakeApprovalRecords records;
  CapturingObserver observer;
  Approvals approvals{{records, time.clock(), time, random, log, &observer}};
  std::unique_ptr<Sessions> sessions;

 private:
  Authority authority_{rules::Grant::of_operator(std::make_shared<const catalogue::OperationSet>())};
};

TEST_F(ApprovalsTest, AreAskedAnsweredAndUsed) {
  const Result<Approval> asked = ask();
  ASSERT_TRUE(asked) << asked.error().message();
  EXPECT_EQ(asked->state, ApprovalState::kPending);
  EXPECT_EQ(asked->holder, "session 0000000000000007");
  EXPECT_EQ(asked->rule, "bots");
  EXPECT_THAT(asked->from, ElementsAre("maintainers"));
  EXPECT_EQ(asked->expires_at, jwt::kNow + 5min);
  EXPECT_EQ(*session_of(*asked), session_of_bot());
  time.advance(1min);
  const Result<Approval> approved = approve(asked->id);
  ASSERT_TRUE(approved) << approved.error().message();
  EXPECT_EQ(approved->decided_by, "ada (sso)");
  EXPECT_EQ(approved->expires_at, jwt::kNow + 6min) << "the answer stands as long as the question does";
  EXPECT_EQ(ask()->state, ApprovalState::kApproved);
  EXPECT_EQ(refusal(use(*asked)), "done");
  EXPECT_EQ(ask()->state, ApprovalState::kUsed);
  EXPECT_THAT(observer.lines, ElementsAre("pending by asking", "approved by deciding", "used by using"));
}

TEST_F(ApprovalsTest, AreAskedOnceUnderAKey) {
  const ApprovalId first = ask()->id;
  EXPECT_EQ(ask()->id, first);
  EXPECT_NE(ask("key-2")->id, first);
  EXPECT_EQ(refusal(ask("key-1", "merge 2")), "conflict: this Idempotency-Key was used for another request");
  EXPECT_NE(ask("key-1", "merge 1", session_of_bot(8))->id, first) << "another session's keys are its own";
}

TEST_F(ApprovalsTest, AreUsedOnce) {
  const Result<Approval> asked = ask();
  ASSERT_TRUE(approve(asked->id));
  EXPECT_EQ(refusal(use(*asked)), "done");
  EXPECT_THAT(refusal(use(*asked)), HasSubstr("was used already"));
  EXPECT_EQ(observer.lines.back(), "used by using");
  EXPECT_THAT(observer.lines, SizeIs(3));
}

TEST_F(ApprovalsTest, AreNotUsedWithoutAYes) {
  const Result<Approval> asked = ask();
  EXPECT_EQ(use(*asked).error().code(), ErrorCode::kConflict);
  ASSERT_TRUE(deny(asked->id));
  EXPECT_EQ(use(*asked).error().code(), ErrorCode::kForbidden);
  EXPECT_EQ(records.approvals.at(asked->id).state, ApprovalState::kDenied);
}

TEST_F(ApprovalsTest, AreDecidedOnce) {
  const ApprovalId id = ask()->id;
  ASSERT_TRUE(approve(id));
  const std::string told =
      "conflict: approval " + to_text(id) + " was approved by ada (sso) at 2027-01-15T08:00:00Z already";
  EXPECT_EQ(refusal(approve(id)), told);
  EXPECT_EQ(refusal(deny(id, Operator())), told);
  EXPECT_EQ(records.approvals.at(id).state, ApprovalState::kApproved);
}

TEST_F(ApprovalsTest, TellTheAgentOfANo) {
  ASSERT_TRUE(deny(ask()->id));
  EXPECT_EQ(refusal(ask()),
            "forbidden: rule \"bots\" allows it with consent alone, which was denied by ada (sso) at "
            "2027-01-15T08:00:00Z: because");
}

TEST_F(ApprovalsTest, ExpireUnanswered) {
  const ApprovalId id = ask()->id;
  time.advance(5min);
  EXPECT_EQ(approve(id).error().code(), ErrorCode::kGone);
  EXPECT_EQ(deny(id).error().code(), ErrorCode::kGone);
  EXPECT_EQ(ask().error().code(), ErrorCode::kGone);
  EXPECT_EQ(ask("key-2")->state, ApprovalState::kPending);
}

TEST_F(ApprovalsTest, ExpireUnused) {
  const Result<Approval> asked = ask();
  ASSERT_TRUE(approve(asked->id));
  time.advance(5min);
  EXPECT_EQ(use(*asked).error().code(), ErrorCode::kGone);
  EXPECT_EQ(ask().error().code(), ErrorCode::kGone);
}

TEST_F(ApprovalsTest, AreNotGivenByWhoAsks) {
  const ApprovalId id = ask()->id;
  const Person same("cluster-a", "bot", {"maintainers"});
  EXPECT_EQ(refusal(approve(id, same)), "forbidden: who asks for consent cannot give it");
  EXPECT_EQ(refusal(deny(id, same)), "forbidden: who asks for consent cannot give it");
  EXPECT_EQ(refusal(approve(id, Person("cluster-a", "other", {"maintainers"}))), "done");
  const ApprovalId second = ask("key-2")->id;
  EXPECT_EQ(refusal(approve(second, Person("sso", "bot", {"maintainers"}))), "done") << "a namesake";
}

TEST_F(ApprovalsTest, AreNotGivenBySessions) {
  const ApprovalId id = ask()->id;
  const SessionPtr own = sessions->revive(session_of_bot()).value();
  EXPECT_EQ(approve(id, own).error().code(), ErrorCode::kForbidden);
  EXPECT_EQ(time.run(approvals.get(id, own))->id, id);
  const SessionPtr other = sessions->revive(session_of_bot(8)).value();
  EXPECT_EQ(approve(id, other).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(time.run(approvals.get(id, other)).error().code(), ErrorCode::kNotFound);
}

TEST_F(ApprovalsTest, AreNobodysBusinessButOfThoseAsked) {
  const ApprovalId id = ask()->id;
  const Person stranger = ada({"board"});
  const std::string unknown = "not_found: no approval " + to_text(id);
  EXPECT_EQ(refusal(approve(id, stranger)), unknown);
  EXPECT_EQ(refusal(deny(id, stranger)), unknown);
  EXPECT_EQ(refusal(time.run(approvals.get(id, stranger))), unknown);
  EXPECT_THAT(listed(stranger), IsEmpty());
  EXPECT_THAT(listed(ada()), SizeIs(1));
  EXPECT_THAT(listed(Operator()), SizeIs(1));
  EXPECT_EQ(refusal(approve(ApprovalId(1))), "not_found: no approval 0000000000000001") << "told alike";
}

TEST_F(ApprovalsTest, AreGivenByTheOperatorForEverything) {
  const Result<Approval> approved = approve(ask()->id, Operator());
  EXPECT_EQ(approved->decided_by, "admin");
  EXPECT_EQ(approved->decided_as, "");
  ask_of({"board"});
  EXPECT_EQ(refusal(use(*approved)), "done");
}

TEST_F(ApprovalsTest, AreNotGivenToASessionThatHasEnded) {
  with_rule({[] {
    rules::Allowance may = may_with_consent({"pulls/merge"}, {"maintainers"});
    may.consent->ttl = 24h;
    return may;
  }()});
  const ApprovalId id = ask()->id;
  time.advance(30min);
  EXPECT_EQ(refusal(approve(id)), "done") << "it could have been renewed";
  const ApprovalId late = ask("key-2")->id;
  time.advance(30min);
  EXPECT_THAT(refusal(approve(late)), HasSubstr("conflict: this cannot be approved any more: the session"));
  EXPECT_EQ(records.approvals.at(late).state, ApprovalState::kPending);
  EXPECT_EQ(refusal(deny(late)), "done");
}

TEST_F(ApprovalsTest, AreNotGivenToWhoWasRevokedOrStopped) {
  const std::pair<store::RevokedKind, std::string> rows[] = {
      {store::RevokedKind::kSession, "0000000000000007"},
      {store::RevokedKind::kAgent, "review-bot"},
      {store::RevokedKind::kAll, ""}};
  const ApprovalId id = ask()->id;
  for (const auto& [kind, subject] : rows) {
    const store::RevocationId revocation(1);
    revoked.apply(revocation, store::Revocation(revocation, kind, subject, time.clock().now()));
    EXPECT_EQ(approve(id).error().code(), ErrorCode::kConflict) << to_string(kind);
    EXPECT_EQ(approve(id, Operator()).error().code(), ErrorCode::kConflict);
    revoked.apply(revocation, std::nullopt);
  }
  EXPECT_EQ(refusal(approve(id)), "done");
}

TEST_F(ApprovalsTest, AreNotGivenToACutThatHasEndedOrHasLost) {
  const ApprovalId id = ask("key-1", "x", with_cut(session_of_bot(), "acme/widgets", jwt::kNow + 1min))->id;
  time.advance(2min);
  EXPECT_THAT(refusal(approve(id)), HasSubstr("the session has ended"));
  Session narrow = with_cut(session_of_bot(), "acme/widgets", jwt::kNow + 30min);
  const Result<Approval> other = ask("key-2", "x", narrow);
  EXPECT_EQ(other->holder, "grant 0000000000000009");
  EXPECT_EQ(refusal(approve(other->id)), "done");
}

TEST_F(ApprovalsTest, AreNotGivenForWhatThePolicyForbidsByNow) {
  const ApprovalId id = ask()->id;
  ask_of({});
  EXPECT_EQ(refusal(approve(id)),
            "conflict: this cannot be approved any more: rule \"bots\" is about acme/widgets, but not for "
            "pulls/merge");
  EXPECT_EQ(refusal(approve(id, Operator())), refusal(approve(id)));
  EXPECT_THAT(observer.lines, ElementsAre("pending by asking"));
}

TEST_F(ApprovalsTest, AreNotGivenByThoseWhomTheRuleAsksNoMore) {
  const ApprovalId id = ask()->id;
  ask_of({"board"});
  EXPECT_THAT(refusal(approve(id)), HasSubstr("rule \"bots\" asks others for consent by now"));
  EXPECT_EQ(refusal(approve(id, ada({"maintainers", "board"}))), "done");
  EXPECT_EQ(records.approvals.at(id).decided_as, "board");
}

TEST_F(ApprovalsTest, AreNotUsedWhenTheRuleAsksOthersByNow) {
  const Result<Approval> approved = approve(ask()->id);
  ask_of({"board"});
  EXPECT_THAT(refusal(use(*approved)), HasSubstr("forbidden: rule \"bots\" asks others"));
  ask_of({"maintainers", "board"});
  EXPECT_EQ(refusal(use(*approved)), "done");
}

TEST_F(ApprovalsTest, AreBounded) {
  for (std::size_t i = 0; i < Approvals::kMaxPendingOfAgent; ++i)
    ASSERT_TRUE(ask("key-" + std::to_string(i)));
  const Result<Approval> refused = ask("one-more");
  EXPECT_EQ(refused.error().code(), ErrorCode::kRateLimited);
  EXPECT_EQ(refused.error().limit(), Limit::kCaller);
  ASSERT_TRUE(ask("key-1"));
  time.advance(5min);
  EXPECT_TRUE(ask("one-more"));
}

TEST_F(ApprovalsTest, AskAboutNoMoreThanAPersonCanRead) {
  const SessionPtr who = sessions->revive(session_of_bot()).value();
  ApprovalWish wish(who, decision(*who), rules::repository("acme/widgets"));
  wish.parameters = std::string(Approvals::kMaxParameters + 1, ' ');
  EXPECT_EQ(time.run(approvals.ask(std::move(wish))).error().code(), ErrorCode::kTooLarge);
}

TEST_F(ApprovalsTest, AreNotedAsExpiredOnceAndForgottenAfterADay) {
  time.spawn(approvals.tend());
  const ApprovalId id = ask()->id;
  time.advance(7min);
  EXPECT_EQ(records.approvals.at(id).state, ApprovalState::kExpired);
  EXPECT_THAT(observer.lines, ElementsAre("pending by asking", "expired"));
  time.advance(23h);
  EXPECT_TRUE(records.approvals.contains(id));
  time.advance(2h);
  EXPECT_FALSE(records.approvals.contains(id));
}

TEST_F(ApprovalsTest, SayWhenTheRecordsAreAway) {
  time.spawn(approvals.tend());
  const ApprovalId id = ask()->id;
  records.failure = Error(ErrorCode::kUnavailable, "away");
  EXPECT_EQ(ask().error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(approve(id).error().code(), ErrorCode::kUnavailable);
  time.advance(2min);
  EXPECT_EQ(log.count("approval.records_failed"), 2U);
}

TEST_F(ApprovalsTest, AreNotGivenForARecordThatIsDamaged) {
  const ApprovalId id = ask()->id;
  records.approvals.at(id).session = R"({"sid":"x"})";
  EXPECT_EQ(approve(id).error().code(), ErrorCode::kInternal);
  EXPECT_EQ(approve(id, Operator()).error().code(), ErrorCode::kInternal);
}

class PersonTest : public ApprovalsTest {
 protected:
  std::string identified(std::string_view token) {
    const SteadyPoint deadline = time.clock().steady_now() + 10s;
    const Result<Person> person =
        time.run(identify_person(sessions->authority(), Secret(token), time.clock(), deadline));
    if (!person) return refusal(person);
    std::string text = person->subject + " of " + person->issuer;
    for (const std::string& group : person->groups) text += " " + group;
    return text;
  }
};

TEST_F(PersonTest, IsInTheGroupsOfTheirClaim) {
  namespace bj = boost::json;
  EXPECT_EQ(identified(jwt_of("ada", bj::array{"x", "github-maintainers"})), "ada of sso maintainers");
  EXPECT_EQ(identified(jwt_of("ada", "board")), "ada of sso board");
  EXPECT_EQ(identified(jwt_of("ada", bj::array{"board", "github-maintainers"})),
            "ada of sso maintainers board");
  EXPECT_EQ(identified(jwt_of("ada", "board")), "ada of sso board") << "a JWT may be shown again";
}

TEST_F(PersonTest, IsNobodyWithoutOne) {
  namespace bj = boost::json;
  for (const bj::value& groups : {bj::value("maintainers"), bj::value(bj::array()), bj::value(nullptr),
                                  bj::value(bj::object{{"board", "board"}}), bj::value("board,x")}) {
    EXPECT_THAT(identified(jwt_of("ada", groups)), HasSubstr("forbidden: ")) << groups;
  }
  EXPECT_THAT(identified("nonsense"), HasSubstr("unauthenticated: "));
  std::string forged = jwt_of("ada", "board");
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_THAT(identified(forged), HasSubstr("unauthenticated: "));
}

TEST_F(PersonTest, IsNotTakenFromAnotherIssuersWord) {
  jwt::JwtMaker maker;
  maker.claims["groups"] = "board";
  EXPECT_THAT(identified(maker.text()), HasSubstr("of an issuer that is not trusted here"));
}

}  // namespace
}  // namespace hubwarden::auth
