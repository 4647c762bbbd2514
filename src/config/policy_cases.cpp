#include "config/policy_cases.h"

#include <algorithm>

#include "config/document.h"
#include "config/node_reader.h"
#include "config/rule_reader.h"
#include "rules/explanation.h"
#include "rules/rule_text.h"

namespace hubwarden::config {
namespace {

using rules::Missing;
using rules::Verdict;

class CaseReader {
 public:
  CaseReader(const std::vector<Issuer>& issuers, Complaints& complaints)
      : issuers_(issuers), complaints_(complaints) {}

  std::vector<PolicyCase> read(const Node& root) && {
    MapReader map(root, "the file of cases", complaints_);
    const Node* const version = map.need("version");
    if (version != nullptr && version->text != "1") {
      complaints_.add(version->line, "version " + quoted(version->text) + " is not known: this is version 1");
    }
    if (const Node* const found = map.need("callers")) {
      for (const Node& each : list_of(*found, "callers", complaints_)) read_caller(each);
    }
    map.done();
    if (cases_.empty() && complaints_.none()) complaints_.add(root.line, "there is no case in it");
    return std::move(cases_);
  }

 private:
  void read_caller(const Node& node) {
    MapReader map(node, "a caller", complaints_);
    const Node* const who = map.need("who");
    const rules::Caller caller = who != nullptr ? read_who(*who) : rules::Caller("", {});
    read_asks(map, "may", Verdict::kAllow, caller);
    read_asks(map, "may_with_consent", Verdict::kConsent, caller);
    read_asks(map, "may_not", Verdict::kRefuse, caller);
    map.done();
  }

  rules::Caller read_who(const Node& node) {
    MapReader map(node, "who", complaints_);
    std::string issuer;
    if (const Node* const found = map.need("issuer")) {
      issuer = text_of(*found, "issuer", complaints_);
      if (std::ranges::find(issuers_, issuer, &Issuer::name) == issuers_.end()) {
        complaints_.add(found->line, "no issuer is called " + quoted(issuer));
      }
    }
    policy::Attributes attributes;
    for (const Node& each : node.children) {
      if (each.key == "issuer") continue;
      for (const std::string& value : texts_of(each, each.key, complaints_)) {
        if (attributes.add(each.key, value)) continue;
        complaints_.add(each.line, quoted(each.key) + " cannot be " + quoted(value));
      }
    }
    return {std::move(issuer), std::move(attributes)};
  }

  void read_asks(MapReader& map, std::string_view key, Verdict expected, const rules::Caller& caller) {
    const Node* const found = map.find(key);
    if (found == nullptr) return;
    for (const Node& each : list_of(*found, key, complaints_)) read_ask(each, expected, caller);
  }

  void read_ask(const Node& node, Verdict expected, const rules::Caller& caller) {
    MapReader map(node, "a case", complaints_);
    const std::optional<rules::Wanted> wanted = read_wanted(node, map);
    std::vector<policy::Repository> repositories;
    if (const Node* const found = map.need("repository")) repositories = read_repositories(*found);
    const Node* const rule = map.find("rule");
    const Node* const missing = expected == Verdict::kRefuse ? map.find("missing") : nullptr;
    map.done();
    if (!wanted) return;
    PolicyCase read(complaints_.at(node.line), caller, rules::Ask(*wanted, std::move(repositories)),
                    expected);
    if (rule != nullptr) read.rule = text_of(*rule, "rule", complaints_);
    if (missing != nullptr) read.missing = read_missing(*missing);
    cases_.push_back(std::move(read));
  }

  std::optional<rules::Wanted> read_wanted(const Node& node, MapReader& map) {
    const Node* const operation = map.find("operation");
    const Node* const token = map.find("token");
    if ((operation == nullptr) == (token == nullptr)) {
      complaints_.add(node.line, "a case needs either 'operation' or 'token'");
      return std::nullopt;
    }
    if (token != nullptr) {
      std::optional<policy::PermissionSet> permissions = read_permissions(*token, complaints_);
      if (!permissions) return std::nullopt;
      return *std::move(permissions);
    }
    const std::string name = text_of(*operation, "operation", complaints_);
    if (name.empty()) return std::nullopt;
    const Result<catalogue::Named> named = catalogue::parse_operation_name(name);
    if (named) return *named;
    complaints_.add(operation->line, named.error().message());
    return std::nullopt;
  }

  std::vector<policy::Repository> read_repositories(const Node& node) {
    std::vector<policy::Repository> repositories;
    for (const std::string& name : texts_of(node, "repository", complaints_)) {
      if (name.empty()) continue;
      const Result<policy::Repository> repository = policy::Repository::parse(name);
      if (repository) repositories.push_back(*repository);
      if (!repository) complaints_.add(node.line, quoted(name) + " is no repository: owner/name");
    }
    return repositories;
  }

  std::optional<Missing> read_missing(const Node& node) {
    const std::string text = text_of(node, "missing", complaints_);
    const std::optional<Missing> missing = rules::parse_missing(text);
    if (missing && missing != Missing::kNarrowing) return missing;
    complaints_.add(node.line,
                    "missing " + quoted(text) + " must be rule, repository, operation or permission");
    return std::nullopt;
  }

  const std::vector<Issuer>& issuers_;
  Complaints& complaints_;
  std::vector<PolicyCase> cases_;
};

std::string expectation(const PolicyCase& wanted) {
  rules::Decision decision;
  decision.verdict = wanted.expected;
  decision.rule = wanted.rule;
  decision.missing = wanted.missing.value_or(Missing::kNothing);
  return text_of(decision);
}

}  // namespace

std::expected<std::vector<PolicyCase>, std::vector<Problem>> parse_policy_cases(
    std::string_view text, const std::string& source, const std::vector<Issuer>& issuers) {
  const std::expected<Node, std::vector<Problem>> root = parse_document(text, source);
  if (!root) return std::unexpected(root.error());
  Complaints complaints(source);
  std::vector<PolicyCase> cases = CaseReader(issuers, complaints).read(*root);
  if (!complaints.none()) return std::unexpected(std::move(complaints).take());
  return cases;
}

std::optional<std::string> failure_of(const PolicyCase& policy_case,
                                      const std::shared_ptr<const rules::RuleBook>& book) {
  const rules::Grant grant = rules::Grant::of(book, policy_case.caller);
  const rules::Decision decision = grant.decide(policy_case.ask);
  const bool is_as_expected = decision.verdict == policy_case.expected &&
                              (policy_case.rule.empty() || policy_case.rule == decision.rule) &&
                              (!policy_case.missing || policy_case.missing == decision.missing);
  if (is_as_expected) return std::nullopt;
  return text_of(policy_case.ask) + ": expected " + expectation(policy_case) + ", but it is " +
         text_of(decision) + ": " + rules::explain(grant, policy_case.ask, decision).message;
}

std::string text_of(const rules::Ask& ask) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> names;
  names.reserve(ask.repositories.size());
  for (const policy::Repository& repository : ask.repositories) names.push_back(repository.shown());
  return rules::text_of(ask.wanted) + " on " + (names.empty() ? "nothing" : rules::listed(names, kShown));
}

std::string text_of(const rules::Decision& decision) {
  std::string text(rules::to_string(decision.verdict));
  if (decision.verdict == Verdict::kRefuse && decision.missing != Missing::kNothing) {
    text.append(" (").append(rules::to_string(decision.missing)).append(")");
  }
  if (decision.rule.empty()) return text;
  // A refusal's is the one that came closest.
  return text + (decision.verdict == Verdict::kRefuse ? " near " : " by ") + decision.rule;
}

}  // namespace hubwarden::config
