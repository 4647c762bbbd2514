#include "policy/permissions.h"

#include <gmock/gmock.h>

#include <string>

#include "base/random.h"

namespace hubwarden::policy {
namespace {

PermissionSet set(std::string_view text) {
  return PermissionSet::parse(text).value();
}

TEST(PermissionSet, HasOneTextForEqualSets) {
  EXPECT_EQ(set("issues:write,contents:read").text(), "contents:read,issues:write");
  EXPECT_EQ(set("issues:write,contents:read"), set("contents:read,issues:write"));
  EXPECT_FALSE(set("contents:read") == set("contents:write"));
}

TEST(PermissionSet, TakesNamesThatItDoesNotKnow) {
  EXPECT_EQ(set("some_new_thing2:admin").text(), "some_new_thing2:admin");
}

TEST(PermissionSet, RefusesWhatGitHubWouldReadAsEverythingOrNotAtAll) {
  for (const std::string& text :
       {std::string(), std::string(","), std::string("contents"), std::string("contents:"),
        std::string(":read"), std::string("contents:none"), std::string("contents:READ"),
        std::string("Contents:read"), std::string("contents:read,"),
        std::string("contents:read,contents:write"), std::string(" contents:read"),
        std::string("contents:read issues:read"), std::string("contents:read:write"), std::string("2fa:read"),
        std::string("_x:read"), std::string("a-b:read"), std::string(65, 'x') + ":read"}) {
    const auto permissions = PermissionSet::parse(text);
    ASSERT_FALSE(permissions) << text;
    EXPECT_EQ(permissions.error().code(), ErrorCode::kInvalidRequest) << text;
  }
  EXPECT_FALSE(PermissionSet::make({}));
}

TEST(PermissionSet, IsBounded) {
  PermissionSet::Map levels;
  for (std::size_t i = 0; i < PermissionSet::kMaxSize; ++i)
    levels.emplace("p" + std::to_string(i), Level::kRead);
  EXPECT_TRUE(PermissionSet::make(levels));
  levels.emplace("one_more", Level::kRead);
  EXPECT_FALSE(PermissionSet::make(levels));
}

TEST(PermissionSet, CoversWhatIsNoMoreThanItself) {
  struct Case {
    const char* has;
    const char* wants;
    bool is_covered;
  };
  constexpr Case kCases[] = {
      {"contents:write", "contents:read", true},   {"contents:write", "contents:write", true},
      {"contents:write", "contents:admin", false}, {"contents:read", "contents:write", false},
      {"contents:write", "issues:read", false},    {"contents:write,issues:read", "issues:read", true},
      {"contents:read", "metadata:read", true},    {"contents:read", "metadata:write", false},
      {"metadata:read", "contents:read", false},
  };
  for (const Case& one : kCases) {
    EXPECT_EQ(set(one.has).covers(set(one.wants)), one.is_covered) << one.has << " covers " << one.wants;
  }
}

PermissionSet some_set(Random& random) {
  PermissionSet::Map levels;
  constexpr const char* kNames[] = {"contents", "issues", "metadata", "checks"};
  levels.emplace(kNames[random.below(4)], static_cast<Level>(1 + random.below(3)));
  for (const char* name : kNames) {
    if (random.below(2) == 0) levels.emplace(name, static_cast<Level>(1 + random.below(3)));
  }
  return PermissionSet::make(std::move(levels)).value();
}

TEST(PermissionSet, CoversAsAnOrderShould) {
  SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    const PermissionSet a = some_set(random);
    const PermissionSet b = some_set(random);
    const PermissionSet c = some_set(random);
    ASSERT_EQ(PermissionSet::parse(a.text()).value(), a);
    ASSERT_TRUE(a.covers(a));
    if (a.covers(b) && b.covers(c)) {
      ASSERT_TRUE(a.covers(c)) << a.text() << " / " << b.text() << " / " << c.text();
    }
    // A permission that is taken away, or lowered, never lets a set cover more.
    PermissionSet::Map fewer = a.levels();
    fewer.erase(fewer.begin());
    if (!fewer.empty() && PermissionSet::make(fewer).value().covers(b)) {
      ASSERT_TRUE(a.covers(b));
    }
  }
}

}  // namespace
}  // namespace hubwarden::policy
