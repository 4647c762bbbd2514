#include "apps/hubwarden/policy_command.h"

#include <algorithm>
#include <cstdio>
#include <expected>
#include <optional>
#include <utility>

#include "apps/hubwarden/exit_status.h"
#include "apps/hubwarden/policy_report.h"
#include "base/text.h"
#include "config/document.h"
#include "config/policy_cases.h"
#include "config/policy_diff.h"
#include "config/policy_files.h"
#include "rules/explanation.h"
#include "rules/near_miss.h"

namespace hubwarden::apps {
namespace {

using config::Policy;
using config::PolicyCase;
using config::Problem;

constexpr std::size_t kMaxShown = 200;  // of what the caller typed
constexpr std::size_t kNearest = 3;     // rules: the first helps, the others show that it is the nearest

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

int complain(const std::string& message, ExitStatus status) {
  std::fprintf(stderr, "hubwarden: %s\n", message.c_str());
  return status;
}

int complain(const std::vector<Problem>& problems) {
  for (const Problem& problem : problems) std::fprintf(stderr, "%s\n", problem.text().c_str());
  return kConfigurationError;
}

std::string shown(const std::string& text) {
  return printable(text, kMaxShown);
}

std::expected<std::vector<PolicyCase>, std::vector<Problem>> load_cases(
    const std::string& path, const std::vector<config::Issuer>& issuers, const config::FileReader& files) {
  const auto file = files.read(path, config::kMaxDocumentBytes);
  if (file) return config::parse_policy_cases(file->content, shown(path), issuers);
  return std::unexpected(std::vector{Problem(config::Origin(shown(path), 0), why(file.error()))});
}

// What a question cannot be asked for, in words.
template <class T>
using Asked = std::expected<T, std::string>;

Asked<rules::Caller> caller_of(const PolicyQuestion& question, const Policy& policy) {
  if (std::ranges::find(policy.issuers, question.issuer, &config::Issuer::name) == policy.issuers.end()) {
    return std::unexpected("the policy has no issuer \"" + shown(question.issuer) + "\"");
  }
  policy::Attributes attributes;
  for (const std::string& claim : question.claims) {
    const std::size_t equals = claim.find('=');
    const bool is_good = equals != std::string::npos &&
                         attributes.add(claim.substr(0, equals), std::string_view(claim).substr(equals + 1));
    if (!is_good) return std::unexpected("\"" + shown(claim) + "\" is no claim: name=value");
  }
  return rules::Caller(question.issuer, std::move(attributes));
}

Asked<rules::Wanted> wanted_of(const PolicyQuestion& question) {
  if (question.operation.empty() == question.permissions.empty()) {
    return std::unexpected("either --operation or --permissions must be given");
  }
  if (!question.operation.empty()) {
    const Result<catalogue::Named> named = catalogue::parse_operation_name(question.operation);
    if (named) return *named;
    return std::unexpected(named.error().message());
  }
  Result<policy::PermissionSet> permissions = policy::PermissionSet::parse(question.permissions);
  if (permissions) return *std::move(permissions);
  return std::unexpected(permissions.error().message());
}

Asked<rules::Ask> ask_of(const PolicyQuestion& question) {
  Asked<rules::Wanted> wanted = wanted_of(question);
  if (!wanted) return std::unexpected(wanted.error());
  std::vector<policy::Repository> repositories;
  for (const std::string& name : question.repositories) {
    Result<policy::Repository> repository = policy::Repository::parse(name);
    if (!repository) return std::unexpected(repository.error().message());
    repositories.push_back(*std::move(repository));
  }
  return rules::Ask(*std::move(wanted), std::move(repositories));
}

Explained explained(const Policy& policy, const rules::Caller& caller, const rules::Ask& ask) {
  const rules::Grant grant = rules::Grant::of(policy.rules, caller);
  rules::Decision decision = grant.decide(ask);
  rules::Explanation why = rules::explain(grant, ask, decision);
  Explained explained(std::move(decision), std::move(why));
  for (const std::uint32_t place : grant.rules())
    explained.rules.push_back(policy.rules->rules()[place].name);
  if (explained.decision.verdict != rules::Verdict::kRefuse) return explained;
  explained.near = rules::near_misses(*policy.rules, caller, ask, kNearest);
  explained.kept_by_ceiling = rules::kept_by_ceiling(*policy.rules, ask);
  return explained;
}

std::vector<config::Issuer> issuers_of_both(const Policy& before, const Policy& after) {
  std::vector<config::Issuer> issuers = before.issuers;
  issuers.insert(issuers.end(), after.issuers.begin(), after.issuers.end());
  return issuers;
}

std::vector<OtherDecision> decided_otherwise(const std::vector<PolicyCase>& cases, const Policy& before,
                                             const Policy& after) {
  std::vector<OtherDecision> others;
  for (const PolicyCase& one : cases) {
    const std::string then = config::text_of(rules::Grant::of(before.rules, one.caller).decide(one.ask));
    const std::string now = config::text_of(rules::Grant::of(after.rules, one.caller).decide(one.ask));
    if (then != now) others.emplace_back(one.origin, config::text_of(one.ask), then, now);
  }
  return others;
}

}  // namespace

int check_policy(const PolicyToCheck& wanted, const config::FileReader& files) {
  const auto policy = config::load_policy(wanted.path, files);
  if (!policy) return complain(policy.error());
  const std::string path = shown(wanted.path);
  print(wanted.json ? policy_summary_json(path, *policy) : policy_summary_text(path, *policy));
  return kDone;
}

int explain_policy(const PolicyQuestion& question, const config::FileReader& files) {
  const auto policy = config::load_policy(question.path, files);
  if (!policy) return complain(policy.error());
  const Asked<rules::Caller> caller = caller_of(question, *policy);
  if (!caller) return complain(caller.error(), kWrongUsage);
  const Asked<rules::Ask> ask = ask_of(question);
  if (!ask) return complain(ask.error(), kWrongUsage);
  const Explained answer = explained(*policy, *caller, *ask);
  print(question.json ? explanation_json(answer) : explanation_text(answer));
  return kDone;
}

int test_policy(const PolicyTest& wanted, const config::FileReader& files) {
  const auto policy = config::load_policy(wanted.path, files);
  if (!policy) return complain(policy.error());
  const auto cases = load_cases(wanted.cases, policy->issuers, files);
  if (!cases) return complain(cases.error());
  std::vector<FailedCase> failed;
  for (const PolicyCase& one : *cases) {
    std::optional<std::string> failure = config::failure_of(one, policy->rules);
    if (failure) failed.emplace_back(one.origin, *std::move(failure));
  }
  if (wanted.json) {
    print(cases_json(cases->size(), failed));
  } else {
    for (const FailedCase& one : failed) std::fprintf(stderr, "%s\n", one.text().c_str());
    print(std::to_string(cases->size()) + " cases, " + std::to_string(failed.size()) + " failed\n");
  }
  return failed.empty() ? kDone : kFailed;
}

int diff_policies(const PolicyComparison& wanted, const config::FileReader& files) {
  const auto before = config::load_policy(wanted.before, files);
  if (!before) return complain(before.error());
  const auto after = config::load_policy(wanted.after, files);
  if (!after) return complain(after.error());
  std::vector<OtherDecision> decisions;
  if (!wanted.cases.empty()) {
    const auto cases = load_cases(wanted.cases, issuers_of_both(*before, *after), files);
    if (!cases) return complain(cases.error());
    decisions = decided_otherwise(*cases, *before, *after);
  }
  const std::vector<rules::Change> changes = config::differences(*before, *after);
  print(wanted.json ? changes_json(changes, decisions) : changes_text(changes, decisions));
  return kDone;
}

}  // namespace hubwarden::apps
