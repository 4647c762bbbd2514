// From a verified caller to a decision, with 1,000 rules and with ten times as many: what a session costs at
// its beginning, and what each of its requests costs.
//
//   teams   each rule is for a team of its own, and a caller meets one of them
//   one     all rules are for the same caller, each for an owner of its own
//
// Each question is of another caller or another repository. Prints a line for each time and for each ratio of
// the two sizes, as bench/run does; exit 1 if one is short.

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "bench/timing.h"
#include "rules/rules_fixture.h"

namespace {

using namespace hubwarden;
using rules::Grant;
using BookPtr = std::shared_ptr<const rules::RuleBook>;

constexpr std::size_t kFew = 1'000;
constexpr std::size_t kMany = 10'000;
constexpr int kRounds = 51;
constexpr std::size_t kQuestions = 2'000;  // in each round
constexpr double kMostNanoseconds = 5'000;
constexpr double kMostGrowth = 3;  // for ten times as many, of which most are in no cache

enum class Layout { kTeams, kOne };

std::string number(std::size_t i) {
  return std::to_string(i);
}

BookPtr book_of(Layout layout, std::size_t count) {
  std::vector<rules::Rule> all;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string space = layout == Layout::kTeams ? "team-" + number(i) : "agents";
    all.push_back(
        rules::rule_of("rule-" + number(i),
                       rules::who_of("cluster", {{"namespace", space}, {"service_account", "review-*"}}),
                       {"owner-" + number(i) + "/*", "!owner-" + number(i) + "/secret-*"},
                       {rules::may_do({"read", "issues/create"}), rules::may_have("contents:read")}));
  }
  return *rules::RuleBook::make(std::move(all), {});
}

rules::Caller caller_number(Layout layout, std::size_t i) {
  const std::string space = layout == Layout::kTeams ? "team-" + number(i) : "agents";
  return rules::caller_of("cluster", {{"subject", "system:serviceaccount:agents:review-bot"},
                                      {"namespace", space},
                                      {"service_account", "review-bot"},
                                      {"service_account_uid", "f2c1"},
                                      {"pod", "review-bot-7d9"},
                                      {"pod_uid", "5ae2"},
                                      {"node", "worker-1"}});
}

struct Question {
  rules::Caller caller;
  rules::Ask ask;
};

std::vector<Question> questions(Layout layout, std::size_t count) {
  SeededRandom random(1);
  std::vector<Question> all;
  for (std::size_t i = 0; i < kQuestions; ++i) {
    const std::size_t place = random.below(count);
    all.push_back({caller_number(layout, place),
                   rules::ask_to("issues/create", "owner-" + number(place) + "/widgets")});
  }
  return all;
}

// Nanoseconds for one question.
double time_of(const std::vector<Question>& all, const std::function<bool(const Question&)>& is_allowed) {
  std::vector<double> times(kRounds);
  for (double& time : times) {
    std::size_t allowed = 0;
    const double start = bench::cpu_time();
    for (const Question& question : all) allowed += is_allowed(question) ? 1 : 0;
    time = (bench::cpu_time() - start) / static_cast<double>(all.size());
    if (allowed != all.size()) std::puts("something was refused");
  }
  return bench::median(times);
}

bool is_allowed(const rules::Decision& decision) {
  return decision.verdict == rules::Verdict::kAllow;
}

// From the caller on, or with the grant of a session that is there.
double whole(Layout layout, std::size_t count) {
  const BookPtr book = book_of(layout, count);
  return time_of(questions(layout, count), [&](const Question& question) {
    return is_allowed(Grant::of(book, question.caller).decide(question.ask));
  });
}
double decision_alone(Layout layout, std::size_t count) {
  const BookPtr book = book_of(layout, count);
  const Grant grant = Grant::of(book, caller_number(layout, 0));
  std::vector<Question> all = questions(layout, count);
  if (layout == Layout::kTeams) {
    for (Question& question : all) question.ask = rules::ask_to("issues/create", "owner-0/widgets");
  }
  return time_of(all, [&](const Question& question) { return is_allowed(grant.decide(question.ask)); });
}

bool report(const char* name, const std::function<double(std::size_t)>& time) {
  const double few = time(kFew);
  const double many = time(kMany);
  const bool is_quick = few <= kMostNanoseconds;
  const bool is_flat = many / few <= kMostGrowth;
  std::printf("%s-time ns=%.0f bound=%g %s\n", name, few, kMostNanoseconds, is_quick ? "ok" : "short");
  std::printf("%s-growth ratio=%.2f bound=%g %s\n", name, many / few, kMostGrowth, is_flat ? "ok" : "short");
  return is_quick && is_flat;
}

}  // namespace

int main() {
  bench::stay_on_one_core();
  const bool teams = report("rules-teams", [](std::size_t n) { return whole(Layout::kTeams, n); });
  const bool requests =
      report("rules-request", [](std::size_t n) { return decision_alone(Layout::kTeams, n); });
  const bool one = report("rules-one-request", [](std::size_t n) { return decision_alone(Layout::kOne, n); });
  return teams && requests && one ? 0 : 1;
}
