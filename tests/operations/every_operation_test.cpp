// Every operation that GitHub documents a permission for: it is known, exactly what is documented is minted
// for it, and a token for it is refused where more is needed. The facts are read here anew, from the tables.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "catalogue/facts_fixture.h"
#include "catalogue/match.h"
#include "tests/operations/operations_world.h"

namespace hubwarden {
namespace {

using catalogue::facts;
using catalogue::Row;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Needed = std::map<std::string, std::string>;  // permission → level

constexpr std::size_t kDocumented = 903;

// As GitHub has them documented, for operations that take an installation's token.
std::map<std::string, Needed> documented() {
  std::map<std::pair<std::string, std::string>, std::string> ids;
  for (const Row& row : facts("operations.csv")) {
    if (row.at("works_with_iat") == "true")
      ids.emplace(std::pair(row.at("method"), row.at("path")), row.at("operationId"));
  }
  std::map<std::string, Needed> needed;
  for (const Row& row : facts("permissions.csv")) {
    const auto id = ids.find({row.at("verb"), row.at("path")});
    if (id != ids.end()) needed[id->second].emplace(row.at("permission"), row.at("access"));
  }
  return needed;
}

// Any one of these will do; of all others that stand together, all are needed. Source:
// data/github-rest/README.md.
bool either_will_do(const std::string& id, const Needed& needed) {
  if (needed.size() != 2) return false;
  const auto are = [&needed](std::string_view a, std::string_view b) {
    return needed.contains(std::string(a)) && needed.contains(std::string(b));
  };
  return are("issues", "pull_requests") || (are("contents", "pull_requests") && id == "pulls/get") ||
         are("administration", "private_repository_invitations") ||
         are("organization_administration", "organization_copilot_seat_management");
}

// As the sandbox shows a token's; it adds `metadata`, as GitHub does.
std::string minted_text(Needed needed) {
  needed.emplace("metadata", "read");
  std::string text;
  for (const auto& [name, level] : needed) text += (text.empty() ? "" : ",") + name + ":" + level;
  return text;
}

// What a mint may ask for, each alone.
std::set<std::string> mints_for(const std::string& id, Needed needed) {
  // `workflows` is for files of workflows alone.
  if (needed.size() == 2 && needed.contains("workflows") && needed.contains("contents"))
    needed.erase("workflows");
  if (!either_will_do(id, needed)) return {minted_text(needed)};
  std::set<std::string> each;
  for (const auto& one : needed) each.insert(minted_text({one}));
  return each;
}

sandbox::Permissions all_permissions() {
  sandbox::Permissions all;
  for (const Row& row : facts("permissions.csv")) {
    const sandbox::Level level = *sandbox::parse_level(row.at("access"));
    sandbox::Level& most = all.emplace(row.at("permission"), level).first->second;
    most = std::max(most, level);
  }
  all.emplace("metadata", sandbox::Level::kRead);
  return all;
}

catalogue::OperationList all_operations() {
  std::vector<std::string_view> ids;
  for (const catalogue::Operation& operation : catalogue::operations()) {
    if (operation.works_with_installation_token()) ids.push_back(operation.id());
  }
  return catalogue::OperationList::parse(ids).value();
}

github::RateOptions without_pace() {
  github::RateOptions rates;
  rates.write_interval = Duration::zero();
  return rates;
}

// Something plausible for each parameter that is the caller's to give.
std::string params_for(const catalogue::Operation& operation) {
  boost::json::object params;
  for (const catalogue::Parameter& parameter : operation.path_parameters()) {
    const std::string_view name = parameter.name;
    if (name == "owner" || name == "repo" || name == "org" || name.starts_with("template_")) continue;
    if (parameter.type == catalogue::ParameterType::kInteger) {
      params[name] = parameter.minimum.value_or(1);
    } else {
      params[name] = parameter.values.empty() ? "x1" : parameter.values.substr(0, parameter.values.find('|'));
    }
  }
  boost::json::object query;
  for (const catalogue::Parameter& parameter : operation.query_parameters()) {
    if (!parameter.is_required) continue;
    const std::string_view first = parameter.values.substr(0, parameter.values.find('|'));
    query[parameter.name] = parameter.type == catalogue::ParameterType::kInteger ? "1"
                            : first.empty()                                      ? "x"
                                                                                 : first;
  }
  if (!query.empty()) params["query"] = query;
  return boost::json::serialize(params);
}

TEST(EveryOperation, IsMintedForAsDocumentedAndNothingMore) {
  testing::OperationsWorld world(all_permissions(), all_operations(), without_pace());
  world.small.settings().rate_limit = 1'000'000;
  const std::map<std::string, Needed> all = documented();
  ASSERT_EQ(all.size(), kDocumented);
  for (const auto& [id, needed] : all) {
    const auto operation = catalogue::find(id);
    ASSERT_TRUE(operation) << id;
    // A token that serves another operation would hide what is minted for this one.
    world.time.advance(std::chrono::hours(2));
    world.small.github.state().records.clear();
    const std::string_view one[] = {id};
    const std::string handle = world.handle({one[0]});
    const testing::Answered answer = world.ask(handle, id, params_for(*operation));
    const std::vector<std::string> minted = world.minted();
    ASSERT_EQ(minted.size(), 1U) << id << " " << answer.body;
    EXPECT_TRUE(mints_for(id, needed).contains(minted.front())) << id << " minted " << minted.front();
    // GitHub may miss a body; hubwarden misses nothing, and nobody a permission.
    const bool is_refused_by_us = answer.status == 400 && !answer.json().contains("upstream_status");
    EXPECT_FALSE(is_refused_by_us) << id << " " << answer.body;
    EXPECT_NE(answer.status, 403) << id << " " << answer.body;
  }
}

TEST(EveryOperation, NeedsAtGitHubWhatItsTokenHas) {
  testing::OperationsWorld world(all_permissions(), all_operations(), without_pace());
  world.small.settings().rate_limit = 1'000'000;
  // With a token that may only read metadata, all that needs more is refused.
  const std::string least =
      world.small.token(R"({"permissions":{"metadata":"read"},"repositories":["widgets"]})");
  std::size_t refused = 0;
  for (const auto& [id, needed] : documented()) {
    if (needed == Needed{{"metadata", "read"}}) continue;
    const catalogue::Operation operation = *catalogue::find(id);
    if (!operation.is_of_repository()) continue;
    const auto named = *catalogue::parse_operation_name(id);
    const auto call =
        delivery::OperationCall::read(named, *policy::Repository::parse("acme/widgets"),
                                      boost::json::parse(params_for(operation)).as_object(), "");
    ASSERT_TRUE(call) << id << " " << call.error().message();
    const http::Response answer =
        world.small.ask(*http::parse_method(operation.method()), call->target(), least);
    EXPECT_EQ(answer.status(), 403) << id;
    const std::string accepted = sandbox::testing::field(answer, "X-Accepted-GitHub-Permissions");
    for (const auto& [permission, level] : needed) {
      EXPECT_THAT(accepted, HasSubstr(permission + "=" + level)) << id;
    }
    ++refused;
  }
  EXPECT_GT(refused, 450U);
}

TEST(EveryOperation, IsReadWithATokenThatCannotWriteWhateverTheAppMay) {
  testing::OperationsWorld world(all_permissions(), all_operations());
  world.ask(world.handle({"read"}), "repository_issues");
  EXPECT_THAT(world.minted(), ElementsAre("issues:read,metadata:read"));
}

}  // namespace
}  // namespace hubwarden
