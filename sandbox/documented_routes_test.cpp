#include "sandbox/documented_routes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "sandbox/handlers.h"
#include "tests/support/sandbox_world.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;
using http::Method;
using namespace testing;

using Row = std::map<std::string, std::string, std::less<>>;

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> found(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      found.emplace_back();
    } else if (c != '\r') {
      found.back() += c;
    }
  }
  return found;
}

std::vector<Row> read_facts(const std::string& name) {
  std::ifstream file(std::string(SANDBOX_FACTS) + "/" + name);
  std::string line;
  std::getline(file, line);
  const auto header = cells(line);
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const auto values = cells(line);
    Row& row = rows.emplace_back();
    for (std::size_t i = 0; i < header.size(); ++i) row[header[i]] = i < values.size() ? values[i] : "";
  }
  return rows;
}

// One operation, and every permission that is documented for it.
struct Fact {
  std::string operation;
  Method method;
  std::string path;
  bool works_with_tokens;
  std::set<std::string> statuses;
  std::map<std::string, std::string> permissions;

  std::string name() const { return std::string(to_string(method)) + " " + path; }
};

std::vector<Fact> read_operations() {
  std::map<std::string, std::map<std::string, std::string>> permissions;
  for (const Row& row : read_facts("permissions.csv")) {
    permissions[row.at("verb") + " " + row.at("path")][row.at("permission")] = row.at("access");
  }
  std::vector<Fact> facts;
  for (const Row& row : read_facts("operations.csv")) {
    // Another name for what "compare/{basehead}" does.
    if (row.at("operationId") == "repos/compare-commits") continue;
    const auto statuses = split(row.at("statuses"), ' ');
    facts.push_back(Fact{row.at("operationId"),
                         *http::parse_method(row.at("method")),
                         row.at("path"),
                         row.at("works_with_iat") == "true",
                         {statuses.begin(), statuses.end()},
                         permissions[row.at("method") + " " + row.at("path")]});
  }
  return facts;
}

const std::vector<Fact>& facts() {
  static const std::vector<Fact> all = read_operations();
  return all;
}

// The template with something in place of each parameter.
std::string filled(std::string_view pattern, std::string_view repository = "widgets") {
  std::string path;
  for (const std::string_view segment : split(pattern.substr(1), '/')) {
    path += '/';
    if (!segment.starts_with('{')) {
      path += segment;
    } else if (segment == "{owner}" || segment == "{org}" || segment == "{template_owner}" ||
               segment == "{username}" || segment == "{enterprise}") {
      path += "acme";
    } else if (segment == "{repo}" || segment == "{template_repo}") {
      path += repository;
    } else {
      path += "7";
    }
  }
  return path;
}

const Route& route_of(const Fact& fact) {
  for (const Route& route : routes()) {
    if (route.operation == fact.operation) return route;
  }
  HW_CHECK(false);
}

class DocumentedRoutes : public ::testing::Test {
 protected:
  DocumentedRoutes() {
    small.settings().rate_limit = 1'000'000;
    small.settings().anonymous_rate_limit = 1'000'000;
    Permissions& all = small.world().installation(small.installation)->permissions;
    for (const Fact& fact : facts()) {
      for (const auto& [name, access] : fact.permissions) {
        Level& level = all[name];
        level = std::max(level, *parse_level(access));
      }
    }
    bare = small.token(R"({"permissions":{"metadata":"read"}})");
  }

  // A token for what is documented alone: the first of its alternatives.
  std::string token_for(const Route& route) {
    std::string& token = tokens[route.accepted];
    if (!token.empty()) return token;
    json::object wanted{{"metadata", "read"}};
    const std::string_view first = route.accepted.substr(0, route.accepted.find(';'));
    for (const std::string_view one : split(first, ',')) {
      const std::size_t equals = one.find('=');
      if (equals != std::string_view::npos) wanted[one.substr(0, equals)] = one.substr(equals + 1);
    }
    return token = small.token(json::serialize(json::object{{"permissions", std::move(wanted)}}));
  }

  http::Response ask(const Fact& fact, std::string_view bearer) {
    return small.ask(fact.method, filled(fact.path), bearer,
                     fact.method == Method::kGet || fact.method == Method::kDelete ? "" : "{}");
  }

  SmallWorld small;
  std::string bare;
  std::map<std::string_view, std::string> tokens;
};

TEST_F(DocumentedRoutes, AreAllOfGitHubs) {
  EXPECT_EQ(facts().size(), 1222U);
  EXPECT_EQ(documented_routes().size(), facts().size());
  EXPECT_EQ(routes().size(), facts().size());
}

TEST_F(DocumentedRoutes, AreFoundByTheirPaths) {
  for (const Fact& fact : facts()) {
    const auto match = match_route(fact.method, filled(fact.path));
    ASSERT_TRUE(match) << fact.name();
    EXPECT_EQ(match->route->operation, fact.operation) << fact.name();
    EXPECT_FALSE(match_route(fact.method, filled(fact.path) + "/") && fact.path != "/") << fact.name();
  }
}

TEST_F(DocumentedRoutes, OfRepositoriesAreFoundByNumber) {
  for (const Fact& fact : facts()) {
    if (!fact.path.starts_with("/repos/{owner}/{repo}")) continue;
    const std::string rest = filled(fact.path).substr(std::string_view("/repos/acme/widgets").size());
    const auto match = match_route(fact.method, "/repositories/7" + rest);
    ASSERT_TRUE(match) << fact.name();
    EXPECT_EQ(match->route->operation, fact.operation);
    EXPECT_EQ(match->repository_number, "7");
  }
}

TEST_F(DocumentedRoutes, AskForTheDocumentedPermissionsAndNoOthers) {
  for (const Fact& fact : facts()) {
    std::map<std::string, std::string> asked;
    std::string accepted(route_of(fact).accepted);
    std::replace(accepted.begin(), accepted.end(), ';', ',');
    for (const std::string_view part : split(accepted, ',')) {
      const std::string_view one = trim(part);
      if (!one.empty()) asked[std::string(one.substr(0, one.find('=')))] = one.substr(one.find('=') + 1);
    }
    // It is documented without one, though metadata=read stands in the header.
    if (fact.operation == "apps/list-repos-accessible-to-installation") continue;
    EXPECT_EQ(asked, fact.permissions) << fact.name();
  }
}

TEST_F(DocumentedRoutes, SayWhatWasSeenOfGitHub) {
  for (const Row& row : read_facts("observed-accepted-permissions.csv")) {
    if (row.at("path").starts_with("/repositories/")) continue;
    const std::string& seen = row.at("x_accepted_github_permissions");
    const auto found = std::find_if(routes().begin(), routes().end(), [&](const Route& route) {
      return route.pattern == row.at("path") && to_string(route.method) == row.at("verb");
    });
    ASSERT_NE(found, routes().end()) << row.at("path");
    EXPECT_EQ(found->accepted, seen == "allows_permissionless_access=true" ? "" : seen) << row.at("path");
  }
}

TEST_F(DocumentedRoutes, RefuseATokenWithoutThePermission) {
  for (const Fact& fact : facts()) {
    const Route& route = route_of(fact);
    if (!fact.works_with_tokens || satisfies({{"metadata", Level::kRead}}, route.accepted)) continue;
    const http::Response answer = ask(fact, bare);
    EXPECT_EQ(answer.status(), 403) << fact.name();
    EXPECT_EQ(message_of(answer), "Resource not accessible by integration") << fact.name();
    EXPECT_EQ(field(answer, "X-Accepted-GitHub-Permissions"), route.accepted) << fact.name();
  }
}

TEST_F(DocumentedRoutes, AnswerATokenWithThePermission) {
  for (const Fact& fact : facts()) {
    const Route& route = route_of(fact);
    if (!fact.works_with_tokens) continue;
    const std::string token = token_for(route);
    const http::Response answer = ask(fact, token);
    if (handler_of(fact.operation) != nullptr) {
      EXPECT_NE(answer.status(), 401) << fact.name();
      EXPECT_NE(answer.status(), 403) << fact.name();
      if (fact.operation == "apps/revoke-installation-access-token") tokens.clear();
      continue;
    }
    EXPECT_EQ(answer.status(), route.success) << fact.name();
    EXPECT_TRUE(fact.statuses.contains(std::to_string(answer.status()))) << fact.name();
    EXPECT_EQ(field(answer, "X-Accepted-GitHub-Permissions"),
              route.accepted.empty() ? "allows_permissionless_access=true" : route.accepted)
        << fact.name();
  }
}

TEST_F(DocumentedRoutes, OfUsersAndAppsAreClosedToInstallations) {
  for (const Fact& fact : facts()) {
    if (fact.works_with_tokens) continue;
    const bool is_for_apps = route_of(fact).caller == Caller::kApp;
    EXPECT_EQ(ask(fact, bare).status(), is_for_apps ? 401 : 403) << fact.name();
    EXPECT_EQ(ask(fact, "").status(), 401) << fact.name();
  }
}

TEST_F(DocumentedRoutes, HideARepositoryThatTheTokenDoesNotCover) {
  const std::string elsewhere = small.token(R"({"repositories":["gadgets"]})");
  for (const Fact& fact : facts()) {
    if (!fact.works_with_tokens || fact.path.find("{repo}") == std::string::npos) continue;
    EXPECT_EQ(ask(fact, elsewhere).status(), 404) << fact.name();
  }
}

TEST_F(DocumentedRoutes, OfAnArchivedRepositoryOnlyRead) {
  small.world().repository(small.widgets)->is_archived = true;
  const std::string token = small.token();
  for (const Fact& fact : facts()) {
    if (!fact.works_with_tokens || !fact.path.starts_with("/repos/{owner}/{repo}")) continue;
    const int status = ask(fact, token).status();
    if (fact.method == Method::kGet) {
      EXPECT_NE(status, 403) << fact.name();
    } else {
      EXPECT_EQ(status, 403) << fact.name();
    }
  }
}

TEST_F(DocumentedRoutes, LeadFromAnOldNameToTheNumberWithTheRestOfThePath) {
  ASSERT_TRUE(small.world().move_repository(small.widgets, small.acme, "gears"));
  const std::string token = small.token();
  const std::string base = "https://api.github.com/repositories/" + std::to_string(small.widgets.value());
  for (const Fact& fact : facts()) {
    if (!fact.works_with_tokens || !fact.path.starts_with("/repos/{owner}/{repo}")) continue;
    const http::Response answer = ask(fact, token);
    EXPECT_EQ(answer.status(), fact.method == Method::kGet ? 301 : 307) << fact.name();
    const std::string rest = filled(fact.path).substr(std::string_view("/repos/acme/widgets").size());
    EXPECT_EQ(field(answer, "Location"), base + rest) << fact.name();
  }
}

TEST_F(DocumentedRoutes, OfAnotherOrganizationAreClosed) {
  ASSERT_TRUE(small.world().add_account("other", true));
  const std::string token = small.token();
  EXPECT_EQ(small.get("/orgs/other/actions/secrets", token).status(), 403);
  EXPECT_EQ(small.get("/orgs/other", token).status(), 200);
  EXPECT_EQ(small.get("/orgs/nobody/actions/secrets", token).status(), 404);
  EXPECT_EQ(small.get("/orgs/rival/actions/secrets", token).status(), 404);
  EXPECT_EQ(small.get("/orgs/acme/actions/secrets", token).status(), 200);
}

TEST_F(DocumentedRoutes, OfAPublicRepositoryShowWhatEverybodyMaySee) {
  for (const auto& [path, anonymous, with_token] : {std::tuple("/repos/acme/open/commits", 200, 200),
                                                    {"/repos/acme/open/issues", 200, 200},
                                                    {"/repos/acme/open/actions/runs", 200, 200},
                                                    {"/repos/acme/open/actions/secrets", 401, 403},
                                                    {"/repos/acme/open/hooks", 401, 403},
                                                    {"/repos/acme/open/dependabot/alerts", 401, 403}}) {
    EXPECT_EQ(small.get(path).status(), anonymous) << path;
    EXPECT_EQ(small.get(path, bare).status(), with_token) << path;
  }
}

TEST_F(DocumentedRoutes, AgreeWithWhatIsSaidByHand) {
  for (const Route& own : own_routes()) {
    const auto documented = std::find_if(documented_routes().begin(), documented_routes().end(),
                                         [&](const Route& one) { return one.operation == own.operation; });
    ASSERT_NE(documented, documented_routes().end()) << own.operation;
    EXPECT_EQ(documented->name(), own.name());
    if (!documented->accepted.empty()) {
      EXPECT_EQ(documented->accepted, own.accepted) << own.operation;
    }
    const std::string_view page = documented->docs.substr(0, documented->docs.find('#'));
    EXPECT_TRUE(own.docs.starts_with(page)) << own.docs << " " << page;
    if (documented->docs.find('#') != std::string_view::npos) {
      EXPECT_EQ(documented->docs, own.docs);
    }
    if (documented->caller != Caller::kNobody) {
      EXPECT_EQ(documented->caller, own.caller) << own.operation;
    }
  }
}

TEST_F(DocumentedRoutes, RefuseABodyThatIsNoJson) {
  const std::string token = small.token();
  EXPECT_EQ(message_of(small.ask(Method::kPost, "/repos/acme/widgets/hooks", token, "{")),
            "Problems parsing JSON");
}

}  // namespace
}  // namespace hubwarden::sandbox
