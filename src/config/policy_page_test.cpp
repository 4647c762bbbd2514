// docs/policy.md means what it says: its policies are read, and its cases decided.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/policy.h"
#include "config/policy_cases.h"

namespace hubwarden::config {
namespace {

struct Block {
  std::string language;
  std::string text;
  int line;
};

std::vector<Block> blocks() {
  std::ifstream file(HUBWARDEN_DOCS "/policy.md");
  std::vector<Block> all;
  bool is_inside = false;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.starts_with("```")) {
      is_inside = !is_inside;
      if (is_inside) all.push_back({line.substr(3), "", number});
    } else if (is_inside) {
      all.back().text += line + "\n";
    }
  }
  return all;
}

bool has_section(const Block& block, std::string_view name) {
  return block.text.find("\n" + std::string(name) + ":") != std::string::npos;
}

std::string text_of(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.text() + "\n";
  return text;
}

// What the page has said so far.
struct Reading {
  std::optional<Policy> policy;  // the last one that is good
  int decided_by_it = 0;
  int policies = 0;
  int cases = 0;
  int refused = 0;

  void close() const {
    EXPECT_TRUE(!policy || decided_by_it > 0) << "no case is behind the policy before this one";
  }
};

void read_policy(Reading& reading, const Block& block, const std::optional<std::string>& complaint) {
  reading.close();
  reading.policy.reset();
  reading.decided_by_it = 0;
  auto policy = parse_policy(block.text, "policy.yaml");
  if (complaint) {
    ASSERT_FALSE(policy) << "the page says that it is refused";
    EXPECT_EQ(text_of(policy.error()), *complaint);
    ++reading.refused;
    return;
  }
  ASSERT_TRUE(policy) << text_of(policy.error());
  reading.policy = *std::move(policy);
  ++reading.policies;
}

void decide_cases(Reading& reading, const Block& block) {
  ASSERT_TRUE(reading.policy) << "no policy is before these cases";
  const auto cases = parse_policy_cases(block.text, "cases", reading.policy->issuers);
  ASSERT_TRUE(cases) << text_of(cases.error());
  for (const PolicyCase& one : *cases) {
    EXPECT_EQ(failure_of(one, reading.policy->rules).value_or(""), "")
        << "docs/policy.md:" << block.line + one.origin.line();
  }
  reading.decided_by_it += static_cast<int>(cases->size());
  reading.cases += static_cast<int>(cases->size());
}

TEST(PolicyPage, MeansWhatItSays) {
  const std::vector<Block> all = blocks();
  Reading reading;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Block& block = all[i];
    if (block.language != "yaml") continue;
    SCOPED_TRACE("docs/policy.md:" + std::to_string(block.line));
    const bool is_refused = i + 1 < all.size() && all[i + 1].language == "text";
    if (has_section(block, "callers")) {
      decide_cases(reading, block);
    } else {
      read_policy(reading, block, is_refused ? std::optional(all[i + 1].text) : std::nullopt);
    }
  }
  reading.close();
  EXPECT_GE(reading.policies, 8);
  EXPECT_GE(reading.cases, 30);
  EXPECT_GE(reading.refused, 3);
}

}  // namespace
}  // namespace hubwarden::config
