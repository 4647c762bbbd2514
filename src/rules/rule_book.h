#pragma once

// All rules, cut by the ceiling, and found quickly.
//
//   Result<std::shared_ptr<const RuleBook>> book = RuleBook::make(std::move(rules), std::move(ceiling));
//   const Grant grant = Grant::of(*book, caller);
//   const Decision decision = grant.decide(ask);
//
// Immutable; share it freely between threads.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "rules/caller.h"
#include "rules/prefix_index.h"
#include "rules/rule.h"

namespace hubwarden::rules {

class RuleBook {
 public:
  // `invalid_request` for two rules of one name, more than kMaxRules, and a token with which its holder could
  // do what the ceiling never lets anybody do.
  static Result<std::shared_ptr<const RuleBook>> make(std::vector<Rule> rules, const Ceiling& ceiling);

  const std::vector<Rule>& rules() const { return rules_; }
  const Ceiling& ceiling() const { return ceiling_; }
  // Their places, ascending.
  std::vector<std::uint32_t> rules_for(const Caller& caller) const;
  // Those that may be about the repository; some that are not, and in no order.
  template <class Visit>
  void for_each_about(const policy::Repository& repository, Visit visit) const {
    by_repository_.for_each(repository.key(), visit);
  }

  static constexpr std::size_t kMaxRules = 20'000;

 private:
  RuleBook(std::vector<Rule> rules, Ceiling ceiling)
      : rules_(std::move(rules)), ceiling_(std::move(ceiling)) {}
  void add_to_index(std::uint32_t place);

  // Of one issuer: by the condition of each rule that tells most.
  struct ByCaller {
    std::unordered_map<std::string, PrefixIndex, TextHash, std::equal_to<>> by_attribute;
    std::vector<std::uint32_t> others;
  };

  std::vector<Rule> rules_;  // as the ceiling has cut them
  Ceiling ceiling_;
  std::unordered_map<std::string, ByCaller, TextHash, std::equal_to<>> by_issuer_;
  PrefixIndex by_repository_;
};

}  // namespace hubwarden::rules
