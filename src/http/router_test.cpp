#include "http/router.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace hubwarden::http {
namespace {

class EmptyBody final : public BodySource {
 public:
  Task<Result<std::size_t>> read(std::span<char>) override { co_return 0; }
};

class FakeRequest final : public Request, private FieldViews {
 public:
  FakeRequest(Method method, std::string path) : method_(method), path_(std::move(path)) {}

  Method method() const override { return method_; }
  std::string_view target() const override { return path_; }
  std::string_view path() const override { return path_; }
  std::string_view query() const override { return {}; }
  const FieldViews& fields() const override { return *this; }
  const Peer& peer() const override { return peer_; }
  std::string_view id() const override { return "r1"; }
  BodySource& body() override { return body_; }
  void set_body_limit(std::uint64_t) override {}

 private:
  std::optional<std::string_view> find(std::string_view) const override { return std::nullopt; }
  std::size_t count(std::string_view) const override { return 0; }
  void each(const std::function<void(std::string_view, std::string_view)>&) const override {}

  Method method_;
  std::string path_;
  Peer peer_;
  EmptyBody body_;
};

// Answers with its name and its parameters: "token(a,b)".
Router::Route named(std::string name) {
  return [name = std::move(name)](Request&, const PathParameters& path) -> Reply {
    std::string text = name + "(";
    for (std::size_t i = 0; i < path.size(); ++i) text += (i == 0 ? "" : ",") + std::string(path[i]);
    return Response(200, "text/plain", text + ")");
  };
}

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    router_.add(Method::kGet, "/", named("root"));
    router_.add(Method::kGet, "/workspaces", named("list"));
    router_.add(Method::kPost, "/workspaces", named("create"));
    router_.add(Method::kGet, "/workspaces/all/now", named("all"));
    router_.add(Method::kGet, "/workspaces/{id}", named("get"));
    router_.add(Method::kDelete, "/workspaces/{id}", named("remove"));
    router_.add(Method::kGet, "/workspaces/{id}/tokens/{token}", named("token"));
    router_.add(Method::kPost, "/grants/{id}:revoke", named("revoke"));
    router_.add(Method::kPost, "/grants/{id}", named("grant"));
    router_.add(Method::kHead, "/own-head", named("head"));
    router_.add(Method::kGet, "/own-head", named("not head"));
  }

  Response handle(Method method, const std::string& path) {
    FakeRequest request(method, path);
    return std::get<Response>(router_.handle(request));
  }
  std::string text(Method method, const std::string& path) {
    const Response response = handle(method, path);
    return std::get<std::string>(response.body());
  }

  Router router_;
};

TEST_F(RouterTest, FindsTheRouteAndItsParameters) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/", "root()"},
      {"/workspaces", "list()"},
      {"/workspaces/w1", "get(w1)"},
      {"/workspaces/a%20b%2Fc", "get(a b/c)"},
      {"/workspaces/all", "get(all)"},
      {"/workspaces/all/now", "all()"},
      {"/workspaces/all/tokens/t", "token(all,t)"},
      {"/workspaces/w%31/tokens/%74", "token(w1,t)"},
  };
  for (const auto& [path, expected] : cases) EXPECT_EQ(text(Method::kGet, path), expected) << path;
}

TEST_F(RouterTest, PrefersTheLongerEnding) {
  EXPECT_EQ(text(Method::kPost, "/grants/g:revoke"), "revoke(g)");
  EXPECT_EQ(text(Method::kPost, "/grants/g:other"), "grant(g:other)");
  EXPECT_EQ(text(Method::kPost, "/grants/:revoke"), "grant(:revoke)");
}

TEST_F(RouterTest, AnswersNotFound) {
  for (const std::string path :
       {"/nothing", "/workspaces/", "/workspaces//tokens/t", "/Workspaces", "//", "/workspaces/w/tokens",
        "/workspaces/w%00", "*", "/workspaces/w/tokens/t/"}) {
    const Response response = handle(Method::kGet, path);
    EXPECT_EQ(response.status(), 404) << path;
    EXPECT_EQ(
        std::get<std::string>(response.body()),
        R"({"error":"not_found","message":"there is nothing at this path","fix":"caller","request_id":"r1"})");
  }
}

TEST_F(RouterTest, NamesTheMethodsThatAPathHas) {
  const Response response = handle(Method::kPut, "/workspaces/w");
  EXPECT_EQ(response.status(), 405);
  EXPECT_EQ(response.fields().find("Allow"), "GET, HEAD, DELETE");
}

TEST_F(RouterTest, ServesHeadByTheRouteOfGet) {
  EXPECT_EQ(text(Method::kHead, "/workspaces"), "list()");
  EXPECT_EQ(text(Method::kHead, "/own-head"), "head()");
}

TEST_F(RouterTest, StopsTheProcessForAPatternThatIsTaken) {
  EXPECT_DEATH(router_.add(Method::kGet, "/workspaces/{name}", named("again")), "check failed");
  EXPECT_DEATH(router_.add(Method::kGet, "no-slash", named("x")), "check failed");
  EXPECT_DEATH(router_.add(Method::kGet, "/{open", named("x")), "check failed");
}

}  // namespace
}  // namespace hubwarden::http
