#include "sandbox/routes.h"

#include <gtest/gtest.h>

#include <set>

#include "sandbox/call.h"
#include "sandbox/faults.h"
#include "sandbox/pages.h"
#include "sandbox/permissions.h"

namespace hubwarden::sandbox {
namespace {

using http::Method;

std::string operation(Method method, std::string_view path) {
  const auto match = match_route(method, path);
  return match ? std::string(match->route->operation) : "";
}

TEST(Routes, AreFoundByMethodAndPath) {
  EXPECT_EQ(operation(Method::kGet, "/"), "meta/root");
  EXPECT_EQ(operation(Method::kGet, "/app"), "apps/get-authenticated");
  EXPECT_EQ(operation(Method::kHead, "/app"), "apps/get-authenticated");
  EXPECT_EQ(operation(Method::kPost, "/app/installations/1/access_tokens"),
            "apps/create-installation-access-token");
  EXPECT_EQ(operation(Method::kGet, "/repos/a/b"), "repos/get");
  EXPECT_EQ(operation(Method::kGet, "/repositories/7"), "repos/get");
  EXPECT_EQ(operation(Method::kGet, "/repositories/7/issues/1/comments"), "issues/list-comments");
}

TEST(Routes, AreMissingForWrongMethodsAndSlashes) {
  for (const std::string_view path : {"/app/", "//app", "/repos/a", "/repos/a/", "/repos//b", "/repos/a/b/",
                                      "/nope", "/repositories/", "/repos/a/%zz", "/repos/a/%00"}) {
    EXPECT_EQ(operation(Method::kGet, path), "") << path;
  }
  EXPECT_EQ(operation(Method::kPost, "/app"), "");
  EXPECT_EQ(operation(Method::kPut, "/repos/a/b"), "");
}

TEST(Routes, TakeTheRestOfAPathAsAFile) {
  const auto match = match_route(Method::kGet, "/repos/a/b/contents/x%20y/z.txt");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->parameters.at("path"), "x y/z.txt");
  EXPECT_EQ(match_route(Method::kGet, "/repos/a/b/contents")->parameters.at("path"), "");
  EXPECT_EQ(match_route(Method::kGet, "/repositories/7/contents/x")->repository_number, "7");
}

TEST(Routes, TakeBranchesWithSlashes) {
  struct Row {
    Method method;
    std::string_view path;
    std::string_view operation;
    std::string_view parameter;
    std::string_view value;
  };
  const Row rows[] = {
      {Method::kGet, "/repos/a/b/commits/heads/main", "repos/get-commit", "ref", "heads/main"},
      {Method::kGet, "/repos/a/b/commits/heads/main/status", "repos/get-combined-status-for-ref", "ref",
       "heads/main"},
      {Method::kGet, "/repos/a/b/commits/x/status/y", "repos/get-commit", "ref", "x/status/y"},
      {Method::kGet, "/repos/a/b/commits/x/pulls", "repos/list-pull-requests-associated-with-commit",
       "commit_sha", "x"},
      {Method::kGet, "/repos/a/b/compare/main...fix/it", "repos/compare-commits-with-basehead", "basehead",
       "main...fix/it"},
      {Method::kGet, "/repos/a/b/branches/fix%2Fit", "repos/get-branch", "branch", "fix/it"},
      {Method::kGet, "/repos/a/b/branches/fix/it/protection", "repos/get-branch-protection", "branch",
       "fix/it"},
      {Method::kPatch, "/repos/a/b/git/refs/heads/fix/it", "git/update-ref", "ref", "heads/fix/it"},
      {Method::kGet, "/repos/a/b/releases/tags/v1/2", "repos/get-release-by-tag", "tag", "v1/2"},
      {Method::kGet, "/repos/a/b/tarball", "repos/download-tarball-archive", "ref", ""},
      {Method::kGet, "/repos/a/b/readme/guide/x", "repos/get-readme-in-directory", "dir", "guide/x"},
  };
  for (const Row& row : rows) {
    const auto match = match_route(row.method, row.path);
    ASSERT_TRUE(match) << row.path;
    EXPECT_EQ(match->route->operation, row.operation) << row.path;
    EXPECT_EQ(match->parameters.at(std::string(row.parameter)), row.value) << row.path;
  }
  EXPECT_EQ(operation(Method::kGet, "/repos/a/b/branches/fix//it"), "");
  EXPECT_EQ(operation(Method::kGet, "/repos/a/b/labels/with/slash"), "");
}

TEST(Routes, PreferWordsToParametersAndNumbersWhereTheyBelong) {
  EXPECT_EQ(operation(Method::kGet, "/repos/a/b/issues/comments"), "issues/list-comments-for-repo");
  EXPECT_EQ(operation(Method::kGet, "/repos/a/b/issues/7"), "issues/get");
  EXPECT_EQ(operation(Method::kGet, "/repos/a/b/issues/seven"), "");
  EXPECT_EQ(operation(Method::kGet, "/repos/a/b/issues/-7"), "");
  EXPECT_EQ(operation(Method::kGet, "/repos/a/b/issues/99999999999999999999"), "");
  EXPECT_EQ(operation(Method::kGet, "/repos/a/b/actions/workflows/ci.yml"), "actions/get-workflow");
  EXPECT_EQ(operation(Method::kGet, "/user/repos"), "repos/list-for-authenticated-user");
  EXPECT_EQ(operation(Method::kGet, "/user/7"), "users/get-by-id");
  EXPECT_EQ(operation(Method::kGet, "/repositories"), "repos/list-public");
}

TEST(Routes, NameEachOperationOnce) {
  std::set<std::string_view> seen;
  for (const Route& route : routes()) EXPECT_TRUE(seen.insert(route.operation).second) << route.operation;
}

TEST(AcceptedPermissions, AreAlternativesOfSets) {
  const Permissions writer = {{"contents", Level::kWrite}, {"issues", Level::kRead}};
  EXPECT_TRUE(satisfies(writer, ""));
  EXPECT_TRUE(satisfies(writer, "contents=read"));
  EXPECT_TRUE(satisfies(writer, "contents=write; contents=write,workflows=write"));
  EXPECT_TRUE(satisfies(writer, "pull_requests=read; issues=read"));
  EXPECT_FALSE(satisfies(writer, "contents=write,workflows=write"));
  EXPECT_FALSE(satisfies(writer, "issues=write"));
  EXPECT_FALSE(satisfies(writer, "checks=read"));
}

TEST(AcceptedPermissions, AreWellFormedInTheTable) {
  for (const Route& route : routes()) EXPECT_FALSE(satisfies({}, route.accepted) && !route.accepted.empty());
}

TEST(EnterprisePrefix, IsDropped) {
  EXPECT_EQ(Call(Method::kGet, "/api/v3/app?x=1").path, "/app");
  EXPECT_EQ(Call(Method::kGet, "/api/v3").path, "/");
  EXPECT_EQ(Call(Method::kGet, "/api/v3x").path, "/api/v3x");
}

TEST(Credentials, AreReadFromEachScheme) {
  using enum Credentials::Scheme;
  struct Row {
    std::string_view header;
    Credentials::Scheme scheme;
    std::string_view secret;
  };
  const Row rows[] = {
      {"Bearer x", kBearer, "x"},
      {"bearer  x ", kBearer, "x"},
      {"token x", kToken, "x"},
      {"Basic dXNlcjpwYXNz", kBasic, "pass"},
      {"Basic dXNlcg==", kBasic, ""},
      {"Basic !!", kBasic, ""},
      {"Digest x", kOther, "x"},
      {"x", kOther, ""},
      {"", kOther, ""},
  };
  for (const Row& row : rows) {
    const Credentials read = credentials_of(row.header);
    EXPECT_EQ(read.scheme, row.scheme) << row.header;
    EXPECT_EQ(read.secret, row.secret) << row.header;
  }
  EXPECT_EQ(credentials_of(std::nullopt).scheme, kNone);
}

TEST(Pages, AreThirtyByDefaultAndHundredAtMost) {
  const Page page = page_of(Call(Method::kGet, "/x"), 1000);
  EXPECT_EQ(page.per_page, 30U);
  EXPECT_EQ(page.end(), 30U);
  EXPECT_EQ(page_of(Call(Method::kGet, "/x?per_page=500"), 1000).per_page, 100U);
  EXPECT_EQ(page_of(Call(Method::kGet, "/x?per_page=0&page=-1"), 1000).page, 1U);
  EXPECT_EQ(page_of(Call(Method::kGet, "/x?page=4000000000"), 10).first(), 10U);
}

TEST(Pages, LinkToTheirNeighbours) {
  const Call call(Method::kGet, "/x?per_page=10&page=2&since=a");
  EXPECT_EQ(link_header(call, page_of(call, 35), "http://h/x"),
            "<http://h/x?per_page=10&since=a&page=1>; rel=\"prev\", <http://h/x?per_page=10&since=a&page=3>; "
            "rel=\"next\", <http://h/x?per_page=10&since=a&page=4>; rel=\"last\", "
            "<http://h/x?per_page=10&since=a&page=1>; rel=\"first\"");
  const Call single(Method::kGet, "/x");
  EXPECT_EQ(link_header(single, page_of(single, 30), "http://h/x"), std::nullopt);
}

TEST(FaultPatterns, MatchRunsOfCharacters) {
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("GET /app*", "GET /app/installations"));
  EXPECT_TRUE(matches_glob("*/b/*c", "a/b/b/xc"));
  EXPECT_FALSE(matches_glob("GET /app", "GET /apps"));
  EXPECT_FALSE(matches_glob("", "x"));
  EXPECT_TRUE(matches_glob(std::string(50, '*') + "x", std::string(1000, 'a') + "x"));
}

TEST(FaultTable, SkipsThenHitsSoManyTimes) {
  FaultTable faults;
  Fault fault;
  fault.route = "GET /app";
  fault.skip = 1;
  fault.count = 2;
  ASSERT_TRUE(faults.add(fault));
  EXPECT_FALSE(faults.take("GET /meta", "/meta"));
  EXPECT_FALSE(faults.take("GET /app", "/app"));
  EXPECT_TRUE(faults.take("GET /app", "/app"));
  EXPECT_TRUE(faults.take("GET /app", "/app"));
  EXPECT_FALSE(faults.take("GET /app", "/app"));
  EXPECT_TRUE(faults.all().empty());
}

TEST(FaultKinds, HaveNamesThatReadBack) {
  for (int i = 0; i <= static_cast<int>(FaultKind::kIpAllowList); ++i) {
    const auto kind = static_cast<FaultKind>(i);
    EXPECT_EQ(parse_fault_kind(to_string(kind)), kind);
  }
  EXPECT_FALSE(parse_fault_kind("nonsense"));
}

}  // namespace
}  // namespace hubwarden::sandbox
