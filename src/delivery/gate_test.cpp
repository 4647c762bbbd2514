#include "delivery/gate.h"

#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace hubwarden::delivery {
namespace {

using testing::FakeRequest;

class GateTest : public DeliveryTest {
 protected:
  static FakeRequest request() { return FakeRequest(http::Method::kGet); }
  bool opens_admin(const FakeRequest& request) const { return gate.admin(request).has_value(); }
  bool opens(const FakeRequest& request, std::string_view id) const {
    const auto who = gate.workspace(request, id);
    return who.has_value() && *who != nullptr;
  }

  std::string seven = register_workspace("agent-7", {"acme/widgets"});
  std::string eight = register_workspace("agent-8", {"acme/gadgets"});
};

TEST_F(GateTest, OpensToTheCredentialOfTheRoute) {
  EXPECT_TRUE(opens_admin(request().bearer(kAdminToken)));
  EXPECT_TRUE(opens(request().bearer(seven), "agent-7"));
  EXPECT_EQ((*gate.workspace(request().bearer(seven), "agent-7"))->id().text(), "agent-7");
}

TEST_F(GateTest, KeepsEachCredentialToItsOwnRoutes) {
  EXPECT_FALSE(opens(request().bearer(seven), "agent-8"));
  EXPECT_FALSE(opens(request().bearer(seven), "Agent-7"));
  EXPECT_FALSE(opens(request().bearer(seven), ""));
  EXPECT_FALSE(opens(request().bearer(kAdminToken), "agent-7"));
  EXPECT_FALSE(opens_admin(request().bearer(seven)));
}

TEST_F(GateTest, OpensToNothingButOneAuthorizationField) {
  const std::string admin_bearer = "Bearer " + std::string(kAdminToken);
  const std::string cookie = "Authorization=" + admin_bearer;
  for (const char* name :
       {"Cookie", "Origin", "Referer", "Proxy-Authorization", "X-Forwarded-For", "X-Api-Key"}) {
    for (const std::string& value : {admin_bearer, cookie, std::string(kAdminToken)}) {
      FakeRequest sneaky = request();
      sneaky.add(name, value);
      EXPECT_FALSE(opens_admin(sneaky)) << name;
      EXPECT_FALSE(opens(sneaky, "agent-7")) << name;
    }
  }
  EXPECT_FALSE(opens_admin(request()));
  EXPECT_FALSE(opens_admin(request().bearer(kAdminToken).bearer(kAdminToken)));
  EXPECT_FALSE(opens(request().bearer(seven).add("authorization", "Bearer " + seven), "agent-7"));
  EXPECT_FALSE(opens(request().bearer(seven).bearer(eight), "agent-7"));
}

TEST_F(GateTest, IsNotClosedByFieldsThatProveNothing) {
  FakeRequest usual = request();
  usual.add("Origin", "https://evil.example").add("Cookie", "session=1").bearer(kAdminToken);
  EXPECT_TRUE(opens_admin(usual));
}

TEST_F(GateTest, RefusesEverythingInTheSameWords) {
  const std::vector<std::string> wrong = {"",
                                          "Bearer",
                                          "Bearer ",
                                          "Basic " + seven,
                                          seven,
                                          "Bearer " + seven + "x",
                                          "Bearer " + seven.substr(1),
                                          "Bearer hww_"};
  const Result<> reference = gate.admin(request());
  ASSERT_FALSE(reference.has_value());
  for (const std::string& value : wrong) {
    const FakeRequest asked = request().add("Authorization", value);
    const Result<> as_admin = gate.admin(asked);
    const auto as_workspace = gate.workspace(asked, "agent-7");
    ASSERT_FALSE(as_admin.has_value()) << value;
    ASSERT_FALSE(as_workspace.has_value()) << value;
    for (const Error& error :
         {as_admin.error(), as_workspace.error(), gate.workspace(asked, "nobody").error()}) {
      EXPECT_EQ(error.code(), ErrorCode::kUnauthenticated) << value;
      EXPECT_EQ(error.message(), reference.error().message()) << value;
      EXPECT_EQ(error.detail(), "") << value;
    }
  }
}

TEST_F(GateTest, ClosesToARevokedTokenAtOnceAndStaysOpenToTheNewOne) {
  const policy::WorkspaceId id = *policy::WorkspaceId::parse("agent-7");
  const auto rotated = test::run(workspaces.rotate(id));
  ASSERT_TRUE(rotated.has_value());
  EXPECT_TRUE(opens(request().bearer(seven), "agent-7")) << "a rotation has no gap";
  const auto record = test::run(workspaces.get(id));
  ASSERT_TRUE(test::run(workspaces.revoke(id, record->tokens.front().id)).has_value());
  EXPECT_FALSE(opens(request().bearer(seven), "agent-7"));
  EXPECT_TRUE(opens(request().bearer(rotated->token().reveal()), "agent-7"));
  ASSERT_TRUE(test::run(workspaces.remove(id)).has_value());
  EXPECT_FALSE(opens(request().bearer(rotated->token().reveal()), "agent-7"));
}

TEST_F(GateTest, HasNoOperatorWithoutAnAdminToken) {
  for (const auth::AdminCredential& none : {auth::AdminCredential(), auth::AdminCredential(Secret())}) {
    const Gate closed({none, workspaces, handles, sessions, revocations.index(), throttle}, authority);
    for (const char* value : {"", "Bearer", "Bearer ", "Bearer x", "Bearer =="}) {
      EXPECT_FALSE(closed.admin(request().add("Authorization", value)).has_value()) << value;
    }
    EXPECT_TRUE(closed.workspace(request().bearer(seven), "agent-7").has_value());
  }
}

TEST_F(GateTest, OpensToAHandleFromTheBodyAlone) {
  const auth::NewHandle issued = issue_handle("acme/widgets");
  const std::string handle(issued.handle().reveal());
  const auto who = gate.handle(request(), handle);
  ASSERT_TRUE(who.has_value());
  EXPECT_EQ((*who)->id(), issued.record().id);
  EXPECT_FALSE(gate.handle(request().bearer(handle), "").has_value());
  EXPECT_FALSE(opens_admin(request().bearer(handle)));
  EXPECT_FALSE(opens(request().bearer(handle), "agent-7"));
  EXPECT_FALSE(gate.handle(request(), seven).has_value());
  EXPECT_FALSE(gate.handle(request(), kAdminToken).has_value());
}

TEST_F(GateTest, RefusesAWrongHandleARevokedAndAnExpiredOneInTheSameWords) {
  const auth::NewHandle revoked = issue_handle("acme/widgets");
  const auth::NewHandle expired = issue_handle("acme/widgets");
  ASSERT_TRUE(test::run(handles.revoke(revoked.record().id)).has_value());
  time.clock().advance(std::chrono::hours(1));
  for (const std::string_view wrong : {std::string_view("hwh_x"), std::string_view(),
                                       revoked.handle().reveal(), expired.handle().reveal()}) {
    const auto who = gate.handle(request(), wrong);
    ASSERT_FALSE(who.has_value());
    EXPECT_EQ(who.error().code(), ErrorCode::kUnauthenticated);
    EXPECT_EQ(who.error().message(), "a valid proxy handle is needed");
  }
}

}  // namespace
}  // namespace hubwarden::delivery
