#include "delivery/revocation/revocation_routes.h"

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "delivery/identity/identity_fixture.h"
#include "store/fake_revocation_records.h"
#include "tests/support/fake_revoker.h"
#include "tokens/memory_shared_ends.h"
#include "tokens/withdrawer.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using testing::Answered;
using ::testing::ElementsAre;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RevocationRoutesTest : public IdentityTest {
 protected:
  RevocationRoutesTest() {
    engine.heed(stops, [this](const tokens::Scope&, const tokens::TokenPtr& token) {
      withdrawer.take_back(token, time.executor());
    });
    service.heed(stops);
    withdrawals.begin([this](store::Revocation revocation, std::vector<tokens::HeldToken>) {
      std::vector<tokens::HeldToken> held = holders.of(revocation);  // where the fixture's routes note them
      return take_back(std::move(revocation), std::move(held));
    });
  }

  net::Task<tokens::Withdrawn> take_back(store::Revocation revocation, std::vector<tokens::HeldToken> held) {
    const auto stop = tokens::Stop::of(revocation);
    std::vector<tokens::TokenPtr> in_hands;
    for (const tokens::HeldToken& each : held) in_hands.push_back(each.token);
    auto concerns = [&stop](const tokens::Scope& scope) { return stop && stop->covers(scope); };
    tokens::Withdrawn withdrawn = co_await withdrawer.withdraw(concerns, std::move(in_hands));
    co_return withdrawn;
  }

  Answered ask(http::Method method, std::string_view bearer, std::string body,
               const std::function<http::Reply(http::Request&)>& route) {
    FakeRequest request(method, "/", std::move(body));
    request.add("Content-Type", "application/json").bearer(bearer);
    return settle(route(request));
  }
  Answered revoke(std::string body, std::string_view bearer = kAdminToken) {
    return ask(http::Method::kPost, bearer, std::move(body),
               [this](http::Request& request) { return stopping.revoke(request); });
  }
  Answered lift(std::string_view id) {
    return ask(http::Method::kDelete, kAdminToken, "",
               [this, id](http::Request& request) { return stopping.lift(request, id); });
  }
  Answered show(std::string_view id) {
    return ask(http::Method::kGet, kAdminToken, "",
               [this, id](http::Request& request) { return stopping.get(request, id); });
  }
  Answered end_session(std::string_view bearer, std::string_view id) {
    return ask(http::Method::kPost, bearer, "",
               [this, id](http::Request& request) { return stopping.give_back_session(request, id); });
  }
  Answered end_grant(std::string_view bearer, std::string_view id) {
    return ask(http::Method::kPost, bearer, "",
               [this, id](http::Request& request) { return stopping.take_back_grant(request, id); });
  }

  struct Opened {
    std::string id;
    std::string token;
  };
  // Of the JWT with that id.
  Opened session(std::string_view jti = "first") {
    maker.claims["jti"] = jti;
    const Answered opened = open(maker.token().reveal());
    return {opened.text("id"), opened.text("token")};
  }
  Opened grant(std::string_view of) {
    const Answered made = cut(of, R"({"repositories": ["acme/widgets"], "operations": ["read"],
                                      "permissions": "contents:read"})");
    return {made.text("id"), made.text("token")};
  }

  tokens::Stops stops;
  testing::FakeRevoker revoker{time};
  tokens::MemorySharedEnds list;
  tokens::EndEvents told;
  tokens::TokenEnds ends{{time.clock(), time, random, revoker, list, told}, "github.com"};
  tokens::Withdrawer withdrawer{{time.clock(), time, engine, ends}, tokens::AppRef("github.com", "1")};
  store::FakeRevocationRecords revoked;
  Withdrawals withdrawals{{revoked, holdings, time.clock(), time, unrecorded, log, metrics},
                          store::ReplicaId(1),
                          [this] { return time.executor(); }};
  // In virtual time, where no thread may answer.
  auth::Revocations observed{{revoked, revoked, time.clock(), random},
                             [this](store::RevocationId id, const std::optional<store::Revocation>& now) {
                               stops.apply(id, now);
                               if (now && !now->lifted_at) withdrawals.carry_out(*now);
                             }};
  auth::Sessions told_sessions{{time.clock(), random, used, observed.index()}, authority, the_tokens()};
  Gate gate_of_observed{{admin, workspaces, handles, told_sessions, observed.index(), throttle}, authority};
  RevocationRoutes stopping{{time.clock(), gate_of_observed, observed, withdrawals, service, recorder, log,
                             [] { return std::size_t(1); }},
                            "github.com",
                            {NamedApp("main", "github.com", "1")}};

 private:
  static auth::SessionTokens the_tokens() {
    std::vector<Secret> materials;
    materials.emplace_back("a secret for sessions");
    return auth::SessionTokens(materials);
  }
};

TEST_F(RevocationRoutesTest, AreForOperatorsAlone) {
  EXPECT_EQ(revoke(R"({"all": true})", "somebody").text("error"), "unauthenticated");
  EXPECT_EQ(revoke(R"({"all": true})", session().token).text("error"), "unauthenticated");
  EXPECT_TRUE(stops.is_quiet());
}

TEST_F(RevocationRoutesTest, RefuseWhatSaysNothingOrTooMuch) {
  EXPECT_THAT(revoke("{}").text("message"), HasSubstr("say what"));
  EXPECT_THAT(revoke(R"({"agent": "a", "all": true})").text("message"), HasSubstr("of one thing"));
  EXPECT_EQ(revoke(R"({"all": false})").text("error"), "invalid_request");
  EXPECT_EQ(revoke(R"({"repository": "acme"})").text("error"), "invalid_request");
  EXPECT_EQ(revoke(R"({"repository": ["acme/widgets"]})").text("error"), "invalid_request");
  EXPECT_EQ(revoke(R"({"agent": ""})").text("error"), "invalid_request");
  EXPECT_EQ(revoke(R"({"session": "1"})").text("error"), "invalid_request");
  EXPECT_EQ(revoke(R"({"grant": "xyz"})").text("error"), "invalid_request");
  EXPECT_EQ(revoke(R"({"workspace": "a b"})").text("error"), "invalid_request");
  EXPECT_EQ(revoke(R"({"agent": "a", "host": "github.com"})").text("error"), "invalid_request");
  EXPECT_EQ(revoke(R"({"app": "other"})").text("error"), "not_found");
  EXPECT_EQ(revoke(R"({"agent": "a", "reason": ")" + std::string(501, 'x') + "\"}").text("error"),
            "invalid_request");
  EXPECT_EQ(revoke(R"({"agent": "a", "because": "x"})").text("error"), "invalid_request");
  EXPECT_EQ(observed.index().size(), 0U);
}

TEST_F(RevocationRoutesTest, StopARepositoryAndTakeItsTokensBack) {
  const std::string bearer = session().token;
  const std::string given = token(bearer).text("token");
  ASSERT_FALSE(given.empty());
  const Answered answer = revoke(R"({"repository": "acme/widgets", "reason": "attacked"})");
  EXPECT_EQ(answer.status, 201);
  EXPECT_THAT(revoker.revoked, ElementsAre(given));
  const boost::json::object json = answer.json();
  EXPECT_EQ(json.at("kind"), "repository");
  EXPECT_EQ(json.at("reason"), "attacked");
  EXPECT_EQ(json.at("replicas").as_array().size(), 1U);
  EXPECT_EQ(json.at("replicas").as_array()[0].as_object().at("tokens_revoked").to_number<int>(), 1);
  EXPECT_EQ(token(bearer).text("error"), "forbidden");
  EXPECT_EQ(lift(answer.text("id")).status, 204);
  const std::string again = token(bearer).text("token");
  EXPECT_FALSE(again.empty());
  EXPECT_NE(again, given);
}

TEST_F(RevocationRoutesTest, TellWhatGitHubHasNotTakenBack) {
  ASSERT_FALSE(token(session().token).text("token").empty());
  revoker.error = Error(ErrorCode::kUpstreamUnavailable, "GitHub is away");
  const Answered answer = revoke(R"({"all": true})");
  const boost::json::object json = show(answer.text("id")).json();
  const boost::json::object replica = json.at("replicas").as_array()[0].as_object();
  EXPECT_EQ(replica.at("tokens_revoked").to_number<int>(), 0);
  ASSERT_EQ(replica.at("left_over").as_array().size(), 1U);
  EXPECT_THAT(std::string(replica.at("left_over").as_array()[0].as_string()),
              HasSubstr("GitHub is away; it is tried again"));
}

TEST_F(RevocationRoutesTest, TakeBackWhatAnAgentWasGivenAndLeaveTheOthersTheirs) {
  const std::string of_widgets = token(session("one").token).text("token");
  maker.claims["repository"] = "acme/gadgets";
  const std::string of_gadgets = token(session("two").token, "repo=acme/gadgets").text("token");
  ASSERT_NE(of_widgets, of_gadgets);
  EXPECT_EQ(revoke(R"({"agent": "build of acme/widgets"})").status, 201);
  EXPECT_THAT(revoker.revoked, ElementsAre(of_widgets));
}

TEST_F(RevocationRoutesTest, LetTheFleetKnowWhoWasGivenWhat) {
  const Opened opened = session("one");
  const std::string given = token(opened.token).text("token");
  const auto noted_of = [this](std::string holder) {
    std::vector<std::string> values;
    for (const tokens::HeldToken& each : time.run(holdings.of("github.com", std::move(holder))).taken) {
      values.emplace_back(each.token->reveal());
    }
    return values;
  };
  EXPECT_THAT(noted_of("session " + opened.id), ElementsAre(given));
  EXPECT_THAT(noted_of("agent build of acme/widgets"), ElementsAre(given));
  EXPECT_THAT(noted_of("agent build of acme/gadgets"), IsEmpty());
  holdings.lose();
  EXPECT_THAT(noted_of("session " + opened.id), IsEmpty());
  holders.share_again([](const tokens::HeldToken&) { return std::vector<std::string>(); });
  EXPECT_THAT(noted_of("session " + opened.id), ElementsAre(given));
}

TEST_F(RevocationRoutesTest, TakeBackWhatAWorkspaceWasGiven) {
  const std::string credential = register_workspace("w-1", {"acme/widgets"}, "contents:read");
  FakeRequest request(http::Method::kGet, "/");
  request.bearer(credential);
  const std::string given = settle(tokens.get_for_workspace(request, "w-1")).text("token");
  ASSERT_FALSE(given.empty());
  EXPECT_EQ(revoke(R"({"workspace": "w-1"})").status, 201);
  EXPECT_THAT(revoker.revoked, ElementsAre(given));
  FakeRequest again(http::Method::kGet, "/");
  again.bearer(credential);
  EXPECT_THAT(gate_of_observed.workspace(again, "w-1").error().message(),
              HasSubstr("stopped by an operator"));
}

TEST_F(RevocationRoutesTest, EndASessionByItsOwnHolderAlone) {
  const Opened one = session("one");
  const Opened two = session("two");
  const Opened cut_from_one = grant(one.token);
  EXPECT_EQ(end_session(two.token, one.id).text("error"), "unauthenticated");
  EXPECT_EQ(end_session(cut_from_one.token, one.id).text("error"), "forbidden");
  EXPECT_EQ(end_session(one.token, one.id).status, 204);
  EXPECT_EQ(end_session(one.token, one.id).text("error"), "unauthenticated")
      << "it is no credential any more";
  EXPECT_EQ(end_session(cut_from_one.token, one.id).text("error"), "unauthenticated");
  EXPECT_EQ(end_session(two.token, two.id).status, 204);
}

TEST_F(RevocationRoutesTest, EndAGrantByWhomeverItWasCutFrom) {
  const Opened one = session("one");
  const Opened two = session("two");
  const Opened helper = grant(one.token);
  const Opened other = grant(one.token);
  const std::string given = token(helper.token, "repo=acme/widgets&permissions=contents:read").text("token");
  ASSERT_FALSE(given.empty());
  EXPECT_EQ(end_grant(two.token, helper.id).status, 204) << "and means nothing";
  EXPECT_THAT(revoker.revoked, IsEmpty());
  EXPECT_EQ(end_grant(one.token, helper.id).status, 204);
  time.advance(1s);
  EXPECT_THAT(revoker.revoked, ElementsAre(given));
  EXPECT_EQ(end_grant(helper.token, other.id).text("error"), "unauthenticated");
  EXPECT_EQ(end_grant(other.token, other.id).status, 204) << "itself";
  EXPECT_EQ(end_grant(one.token, "nonsense").text("error"), "invalid_request");
}

TEST_F(RevocationRoutesTest, RefuseToReviveACredential) {
  const Opened one = session("one");
  const Answered answer = revoke(R"({"session": ")" + one.id + "\"}");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(lift(answer.text("id")).text("error"), "conflict");
  EXPECT_EQ(lift("0000000000000007").text("error"), "not_found");
  EXPECT_EQ(lift("7").text("error"), "invalid_request");
}

TEST_F(RevocationRoutesTest, WriteNoCredentialDown) {
  const Opened one = session("one");
  ASSERT_FALSE(token(one.token).text("token").empty());
  revoke(R"({"session": ")" + one.id + "\"}");
  EXPECT_EQ(log.text().find(one.token), std::string::npos);
}

}  // namespace
}  // namespace hubwarden::delivery
