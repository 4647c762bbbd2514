#include "github/rate_limit.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/time_text.h"

namespace hubwarden::github {
namespace {

http::Fields fields_of(std::vector<std::pair<std::string, std::string>> pairs) {
  http::Fields fields;
  for (auto& [name, value] : pairs) fields.add(name, value);
  return fields;
}

TEST(RateLimit, IsReadFromGitHubsFields) {
  const auto seen = rate_limit_of(fields_of({{"X-RateLimit-Limit", "5950"},
                                             {"X-RateLimit-Remaining", "5949"},
                                             {"X-RateLimit-Reset", "1795348800"},
                                             {"X-RateLimit-Used", "1"},
                                             {"X-RateLimit-Resource", "search"}}));
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->limit, 5950U);
  EXPECT_EQ(seen->remaining, 5949U);
  EXPECT_EQ(rfc3339(seen->reset), "2026-11-22T12:00:00Z");
  EXPECT_EQ(seen->resource, "search");
}

TEST(RateLimit, IsOfTheCoreResourceWhenNoneIsNamed) {
  for (const std::string& resource : std::vector<std::string>{"", "a b", "core\x01", std::string(65, 'a')}) {
    const auto seen = rate_limit_of(fields_of({{"x-ratelimit-limit", "60"},
                                               {"x-ratelimit-remaining", "0"},
                                               {"x-ratelimit-reset", "1795348800"},
                                               {"x-ratelimit-resource", resource}}));
    ASSERT_TRUE(seen.has_value());
    EXPECT_EQ(seen->resource, "core");
  }
}

TEST(RateLimit, IsAbsentWhenTheFieldsAreMissingOrMakeNoSense) {
  const std::vector<std::vector<std::pair<std::string, std::string>>> cases = {
      {},
      {{"x-ratelimit-limit", "60"}, {"x-ratelimit-remaining", "1"}},
      {{"x-ratelimit-limit", "60"}, {"x-ratelimit-remaining", "61"}, {"x-ratelimit-reset", "1795348800"}},
      {{"x-ratelimit-limit", "60"}, {"x-ratelimit-remaining", "-1"}, {"x-ratelimit-reset", "1795348800"}},
      {{"x-ratelimit-limit", "60"}, {"x-ratelimit-remaining", "1"}, {"x-ratelimit-reset", "soon"}},
      {{"x-ratelimit-limit", "60"},
       {"x-ratelimit-remaining", "1"},
       {"x-ratelimit-reset", "9223372036854775807"}},
      {{"x-ratelimit-limit", "1e9"}, {"x-ratelimit-remaining", "1"}, {"x-ratelimit-reset", "1795348800"}},
  };
  for (const auto& c : cases) EXPECT_FALSE(rate_limit_of(fields_of(c)).has_value());
}

}  // namespace
}  // namespace hubwarden::github
