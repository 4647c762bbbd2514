#include "tokens/scope.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "base/text.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;

RepositoryRef named(std::string_view name) {
  return {*policy::Repository::parse(name), std::nullopt};
}
RepositoryRef with_id(std::string_view name, std::uint64_t id) {
  return {*policy::Repository::parse(name), RepositoryId(id)};
}
Scope scope(std::vector<RepositoryRef> repositories, std::string_view permissions) {
  return {AppRef("github.com", "12"), InstallationId(7), *RepositorySelection::of(std::move(repositories)),
          PermissionSelection::of(*policy::PermissionSet::parse(permissions))};
}

TEST(Scope, HasOneKeyWhateverTheOrderTheLetterCaseAndTheDuplicates) {
  const std::string key = scope({named("acme/a"), named("acme/b")}, "contents:read,issues:write").key();
  EXPECT_EQ(
      scope({named("ACME/b"), named("acme/A"), named("Acme/b.git")}, "issues:write,contents:read").key(),
      key);
}

TEST(Scope, KnowsARepositoryByItsIdWhateverItIsCalled) {
  EXPECT_EQ(scope({with_id("acme/old", 42)}, "contents:read").key(),
            scope({with_id("acme/new", 42)}, "contents:read").key());
  EXPECT_NE(scope({with_id("acme/old", 42)}, "contents:read").key(),
            scope({named("acme/old")}, "contents:read").key());
}

TEST(ScopeKey, IsTheOneOfTheScopeThatHasTheseParts) {
  const Scope made = scope({named("acme/b"), with_id("acme/a", 42), with_id("acme/c", 7)}, "contents:read");
  const RepositoryRef a = with_id("acme/a", 42), b = named("ACME/b"), c = with_id("acme/renamed", 7);
  std::vector<RepositoryMark> marks = {b.mark(), a.mark(), c.mark(), a.mark()};
  const auto permissions = policy::PermissionSet::parse("contents:read");
  EXPECT_EQ(scope_key(made.app(), made.installation(), marks, &*permissions, std::nullopt), made.key());
  EXPECT_NE(scope_key(made.app(), made.installation(), marks, nullptr, std::nullopt), made.key());
  EXPECT_NE(scope_key(made.app(), made.installation(), {}, &*permissions, std::nullopt), made.key());
  EXPECT_NE(scope_key(made.app(), made.installation(), marks, &*permissions, 15min), made.key());
}

TEST(Scope, IsAnotherOneForEachLifeOfItsTokens) {
  const Scope whole = scope({with_id("acme/a", 42)}, "contents:read");
  const auto living = [&whole](Duration life) {
    return Scope(whole.app(), whole.installation(), whole.repositories(), whole.permissions(), life);
  };
  const std::set<std::string> keys = {whole.key(), living(15min).key(), living(15min + 1s).key(),
                                      living(15min).key_by_names()};
  EXPECT_EQ(keys.size(), 4U);
  EXPECT_EQ(living(15min).key(), living(900s).key());
  const Scope renamed = living(15min).with(*RepositorySelection::of({with_id("acme/new", 42)}));
  EXPECT_EQ(renamed.key(), living(15min).key());
}

TEST(RepositorySelection, CannotHoldNone) {
  EXPECT_EQ(RepositorySelection::of({}).error().code(), ErrorCode::kInvalidRequest);
}

TEST(RepositorySelection, RefusesTwoOwners) {
  EXPECT_EQ(RepositorySelection::of({named("acme/a"), named("other/a")}).error().code(),
            ErrorCode::kInvalidRequest);
}

TEST(RepositorySelection, RefusesMoreThanGitHubTakes) {
  std::vector<RepositoryRef> many;
  for (int i = 0; i < 501; ++i) many.push_back(named("acme/r" + std::to_string(i)));
  EXPECT_EQ(RepositorySelection::of(many).error().code(), ErrorCode::kInvalidRequest);
  many.pop_back();
  EXPECT_TRUE(RepositorySelection::of(many).has_value());
}

TEST(PermissionSet, CannotBeEmpty) {
  EXPECT_FALSE(policy::PermissionSet::make({}).has_value());
  EXPECT_FALSE(policy::PermissionSet::parse("").has_value());
}

// Everything that was asked, as plain data: two scopes may share a key only if this is equal.
struct Asked {
  std::string host, app;
  std::uint64_t installation;
  bool all;
  std::set<std::string> repositories;
  std::map<std::string, std::string> permissions;
  auto operator<=>(const Asked&) const = default;
};

template <class T>
const T& any_of(const std::vector<T>& from, Random& random) {
  return from[random.below(from.size())];
}

std::pair<Asked, Scope> random_scope(Random& random) {
  const std::vector<std::string> hosts = {"github.com", "github.example.com", "github.co"};
  const std::vector<std::string> apps = {"1", "12", "Iv1.12", "2"};
  const std::vector<std::string> names = {"acme/a", "acme/ab", "acme/a-b", "acme/a.b", "acme/1", "acme/12"};
  const std::vector<std::string> keys = {"contents", "issues", "content", "s", "checks"};
  const std::vector<std::string> levels = {"read", "write", "admin"};

  Asked asked{
      any_of(hosts, random), any_of(apps, random), 1 + random.below(12), random.below(5) == 0, {}, {}};
  std::vector<RepositoryRef> repositories;
  for (std::uint64_t i = 0, n = 1 + random.below(3); i < n; ++i) {
    const std::string& name = any_of(names, random);
    if (random.below(2) == 0) {
      repositories.push_back(named(name));
      asked.repositories.insert(name);
    } else {
      const std::uint64_t id = 1 + random.below(15);
      repositories.push_back(with_id(name, id));
      asked.repositories.insert("id " + std::to_string(id));
    }
  }
  for (std::uint64_t i = 0, n = 1 + random.below(3); i < n; ++i) {
    asked.permissions[any_of(keys, random)] = any_of(levels, random);
  }
  policy::PermissionSet::Map map;
  for (const auto& [name, level] : asked.permissions) map[name] = *policy::parse_level(level);
  const bool everything = random.below(6) == 0;
  if (everything) asked.permissions.clear();
  if (asked.all) asked.repositories.clear();

  Scope made(AppRef(asked.host, asked.app), InstallationId(asked.installation),
             asked.all ? RepositorySelection::all() : *RepositorySelection::of(std::move(repositories)),
             everything ? PermissionSelection::all_granted()
                        : PermissionSelection::of(*policy::PermissionSet::make(std::move(map))));
  return {std::move(asked), std::move(made)};
}

TEST(Scope, NeverSharesAKeyWithAnotherScope) {
  SeededRandom random(20261122);
  std::map<std::string, Asked> by_key;
  std::map<Asked, std::string> by_asked;
  for (int i = 0; i < 50'000; ++i) {
    auto [asked, made] = random_scope(random);
    const auto [same_key, new_key] = by_key.emplace(made.key(), asked);
    EXPECT_EQ(same_key->second, asked) << made.key();
    const auto [same_asked, new_asked] = by_asked.emplace(asked, made.key());
    EXPECT_EQ(same_asked->second, made.key());
  }
  EXPECT_GT(by_key.size(), 1000U);
}

}  // namespace
}  // namespace hubwarden::tokens
