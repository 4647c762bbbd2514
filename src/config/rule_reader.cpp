#include "config/rule_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "catalogue/permission_names.h"
#include "config/values.h"

namespace hubwarden::config {
namespace {

using namespace std::chrono_literals;
using policy::Glob;
using rules::Allowance;
using rules::Consent;
using rules::Limits;
using rules::Quota;
using rules::Rule;
using rules::Who;

constexpr std::size_t kMaxName = 63;
constexpr Range<Duration> kSessionTtl{1min, 1h};
constexpr Range<Duration> kTokenTtl{1min, 1h};  // GitHub's tokens last an hour
constexpr Range<Duration> kConsentTtl{1min, 24h};
constexpr Duration kUsualConsentTtl = 10min;
constexpr Range<std::uint64_t> kConcurrent{1, 100};  // GitHub lets no more
constexpr Range<std::uint64_t> kRequests{1, 1'000'000};
constexpr Range<std::size_t> kBytes{1, std::size_t(1) << 40};

constexpr std::array<std::pair<std::string_view, Duration>, 4> kUnits = {
    {{"/s", 1s}, {"/min", 1min}, {"/h", 1h}, {"/d", 24h}}};

// Takes "/h" away from "500/h".
std::optional<Duration> take_unit(std::string_view& text) {
  for (const auto& [name, length] : kUnits) {
    if (!text.ends_with(name)) continue;
    text.remove_suffix(name.size());
    return length;
  }
  return std::nullopt;
}

class RuleReader {
 public:
  RuleReader(const Names& names, Complaints& complaints) : names_(names), complaints_(complaints) {}

  std::optional<Rule> read(const Node& node) {
    MapReader map(node, "a rule", complaints_);
    const std::string name = read_name(map);
    std::optional<Who> who = read_who(map);
    if (!who) who = Who::make("nobody", {}).value();  // there is a complaint; what else is wrong is told, too
    Rule rule(name, *std::move(who));
    if (const Node* const found = map.find("repositories")) rule.repositories = read_repositories(*found);
    if (const Node* const found = map.need("may")) {
      for (const Node& each : list_of(*found, "may", complaints_)) rule.may.push_back(read_allowance(each));
    }
    if (const Node* const found = map.find("session")) rule.session = read_session(*found);
    map.done();
    return rule;
  }

 private:
  template <class Value>
  std::optional<Value> take(const Node& node, std::string_view what, Parsed<Value> parsed) {
    if (parsed) return *std::move(parsed);
    complaints_.add(node.line, std::string(what) + " " + quoted(node.text) + " " + parsed.error());
    return std::nullopt;
  }

  template <class Value>
  std::optional<Value> take(const Node& node, Result<Value> made) {
    if (made) return *std::move(made);
    complaints_.add(node.line, made.error().message());
    return std::nullopt;
  }

  std::string read_name(MapReader& map) {
    const Node* const found = map.need("name");
    if (found == nullptr) return "";
    const std::string name = text_of(*found, "a rule's name", complaints_);
    if (!name.empty() && !is_name(name)) {
      complaints_.add(found->line,
                      "a rule's name " + quoted(name) + " must be of a-z, 0-9 and '-', at most 63");
    }
    return name;
  }

  std::optional<Who> read_who(MapReader& map) {
    const Node* const found = map.need("who");
    if (found == nullptr) return std::nullopt;
    MapReader who(*found, "who", complaints_);
    const Node* const issuer = who.need("issuer");
    if (issuer == nullptr) return std::nullopt;
    const std::string name = text_of(*issuer, "issuer", complaints_);
    if (!name.empty() && std::ranges::find(names_.issuers, name) == names_.issuers.end()) {
      complaints_.add(issuer->line, "no issuer is called " + quoted(name));
    }
    std::vector<Who::Condition> conditions;
    for (const Node& each : found->children) {
      if (each.key == "issuer") continue;
      conditions.emplace_back(each.key, read_globs(each, Glob::Case::kAsItIs));
    }
    return take(*found, Who::make(name, std::move(conditions)));
  }

  std::vector<Glob> read_globs(const Node& node, Glob::Case how) {
    std::vector<Glob> globs;
    for (const std::string& text : texts_of(node, node.key, complaints_)) {
      if (std::optional<Glob> glob = take(node, Glob::parse(text, how))) globs.push_back(*std::move(glob));
    }
    return globs;
  }

  rules::RepositoryPatterns read_repositories(const Node& node) {
    const std::vector<std::string> texts = texts_of(node, "repositories", complaints_);
    return take(node, rules::RepositoryPatterns::parse(texts)).value_or(rules::RepositoryPatterns());
  }

  Allowance read_allowance(const Node& node) {
    MapReader map(node, "each of may", complaints_);
    Allowance allowance;
    const Node* const operations = map.find("operations");
    const Node* const token = map.find("token");
    if ((operations == nullptr) == (token == nullptr)) {
      complaints_.add(node.line, "each of may needs either 'operations' or 'token'");
    }
    if (operations != nullptr) allowance.operations = read_operations(*operations, "operations", complaints_);
    if (token != nullptr) allowance.token = read_permissions(*token, complaints_);
    if (const Node* const found = map.find("limits")) allowance.limits = read_limits(*found);
    if (const Node* const found = map.find("consent")) {
      allowance.consent = read_consent(*found);
      if (token != nullptr) complaints_.add(found->line, "'consent' is for operations alone");
    }
    if (const Node* const found = map.find("ttl")) {
      allowance.ttl = take(*found, "ttl", parse_span(found->text, kTokenTtl));
      if (token == nullptr) complaints_.add(found->line, "'ttl' is for tokens alone");
    }
    map.done();
    return allowance;
  }

  Limits read_limits(const Node& node) {
    MapReader map(node, "limits", complaints_);
    Limits limits;
    if (const Node* const found = map.find("concurrent")) {
      limits.concurrent = take(*found, "concurrent", parse_count(found->text, kConcurrent));
    }
    if (const Node* const found = map.find("requests")) {
      std::string_view text = found->text;
      const std::optional<Duration> per = take_unit(text);
      const auto count = take(*found, "requests", parse_count(text, kRequests));
      if (count) limits.requests = Quota{*count, per};
    }
    if (const Node* const found = map.find("bytes")) {
      std::string_view text = found->text;
      const std::optional<Duration> per = take_unit(text);
      const auto count = take(*found, "bytes", parse_bytes(text, kBytes));
      if (count) limits.bytes = Quota{*count, per};
    }
    map.done();
    return limits;
  }

  std::optional<Consent> read_consent(const Node& node) {
    MapReader map(node, "consent", complaints_);
    Consent consent;
    consent.ttl = kUsualConsentTtl;
    if (const Node* const found = map.need("from")) {
      consent.from = texts_of(*found, "from", complaints_);
      for (const std::string& group : consent.from) {
        if (std::ranges::find(names_.operators, group) != names_.operators.end()) continue;
        complaints_.add(found->line, "no operators are called " + quoted(group));
      }
      if (consent.from.empty()) complaints_.add(found->line, "'from' names nobody");
    }
    if (const Node* const found = map.find("ttl")) {
      consent.ttl = take(*found, "ttl", parse_span(found->text, kConsentTtl)).value_or(kUsualConsentTtl);
    }
    map.done();
    return consent;
  }

  rules::SessionTerms read_session(const Node& node) {
    MapReader map(node, "session", complaints_);
    rules::SessionTerms terms;
    if (const Node* const found = map.find("ttl")) {
      terms.ttl = take(*found, "ttl", parse_span(found->text, kSessionTtl));
    }
    if (const Node* const found = map.find("agent")) terms.agent = read_template(*found, "agent");
    if (const Node* const found = map.find("tenant")) terms.tenant = read_template(*found, "tenant");
    map.done();
    return terms;
  }

  // A text that attributes are put into.
  std::string read_template(const Node& node, std::string_view what) {
    const std::string text = text_of(node, what, complaints_);
    if (text.empty()) return text;
    take(node, Glob::parse(text));
    if (text.find('*') != std::string::npos) {
      complaints_.add(node.line,
                      std::string(what) + " " + quoted(text) + " is no pattern: '*' has no meaning here");
    }
    return text;
  }

  const Names& names_;
  Complaints& complaints_;
};

}  // namespace

std::optional<Rule> read_rule(const Node& node, const Names& names, Complaints& complaints) {
  Complaints own = complaints.another();
  std::optional<Rule> rule = RuleReader(names, own).read(node);
  const bool is_good = own.none();
  complaints.add_all(std::move(own));
  if (!is_good) return std::nullopt;
  return rule;
}

std::optional<policy::PermissionSet> read_permissions(const Node& node, Complaints& complaints) {
  if (node.kind != Node::Kind::kMap) {
    complaints.add(node.line, "permissions must be a map of names and levels: {contents: read}");
    return std::nullopt;
  }
  policy::PermissionSet::Map levels;
  for (const Node& each : node.children) {
    const std::optional<policy::Level> level = policy::parse_level(each.text);
    if (!catalogue::is_permission(each.key)) {
      const std::string near(catalogue::near_permission(each.key));
      complaints.add(each.key_line, "GitHub has no permission " + quoted(each.key) +
                                        (near.empty() ? "" : " (did you mean '" + near + "'?)"));
    } else if (!level) {
      complaints.add(each.line, each.key + " " + quoted(each.text) + " must be read, write or admin");
    } else {
      levels.emplace(each.key, *level);
    }
  }
  const bool is_whole = levels.size() == node.children.size();
  if (!is_whole) return std::nullopt;
  const Result<policy::PermissionSet> set = policy::PermissionSet::make(std::move(levels));
  if (set) return *set;
  complaints.add(node.line, "permissions are empty: GitHub would take that for all of them");
  return std::nullopt;
}

catalogue::OperationSet read_operations(const Node& node, std::string_view what, Complaints& complaints) {
  catalogue::OperationSet all;
  for (const Node& each : list_of(node, what, complaints)) {
    const std::string text = text_of(each, "an operation", complaints);
    if (text.empty()) continue;
    const Result<catalogue::OperationSet> set = catalogue::OperationSet::of(text);
    if (set) {
      all = all.with(*set);
    } else {
      complaints.add(each.line, set.error().message());
    }
  }
  return all;
}

bool is_name(std::string_view text) {
  const auto is_inner = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-'; };
  return !text.empty() && text.size() <= kMaxName && text.front() != '-' &&
         std::ranges::all_of(text, is_inner);
}

}  // namespace hubwarden::config
