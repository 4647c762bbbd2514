#include "config/policy.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "base/check.h"
#include "config/document.h"
#include "config/node_reader.h"
#include "config/rule_reader.h"
#include "config/values.h"
#include "rules/ceiling_cut.h"

namespace hubwarden::config {
namespace {

constexpr std::size_t kMaxAudience = 255;
constexpr std::size_t kMaxUrl = 1024;

// One of the policy's files while it is read.
struct Part {
  Part(Node root_, std::string source)
      : root(std::move(root_)), complaints(std::move(source)), map(root, "the policy", complaints) {}
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  Node root;
  Complaints complaints;
  MapReader map;
};

// Where each name stands first.
class Taken {
 public:
  explicit Taken(std::string what) : what_(std::move(what)) {}

  void add(const std::string& name, int line, Complaints& complaints) {
    const auto [first, is_new] = places_.emplace(name, complaints.at(line));
    if (is_new) return;
    complaints.add(
        line, what_ + " " + quoted(name) + ": there is another one of that name, at " + first->second.text());
  }

 private:
  std::string what_;
  std::map<std::string, Origin> places_;
};

class PolicyReader {
 public:
  explicit PolicyReader(std::deque<Part>& parts) : parts_(parts) {}

  Policy read() {
    for (Part& part : parts_) check_version(part);
    Policy policy;
    for (Part& part : parts_) read_issuers(part, policy.issuers);
    Names names;
    for (const Issuer& issuer : policy.issuers) names.issuers.push_back(issuer.name);
    for (Part& part : parts_) read_operators(part, names, policy.operators);
    for (const OperatorGroup& group : policy.operators) names.operators.push_back(group.name);
    const rules::Ceiling ceiling = read_ceiling();
    std::vector<rules::Rule> rules = read_rules(names, rules::CeilingCut(ceiling));
    for (Part& part : parts_) part.map.done();
    if (!is_good()) return policy;
    auto book = rules::RuleBook::make(std::move(rules), ceiling);
    if (book) {
      policy.rules = *std::move(book);
    } else {
      parts_.front().complaints.add(0, book.error().message());
    }
    return policy;
  }

  bool is_good() const {
    return std::ranges::all_of(parts_, [](const Part& part) { return part.complaints.none(); });
  }

 private:
  static void check_version(Part& part) {
    // Which of two policies is in force does not stand in one of them.
    if (const Node* const found = part.map.find("mode")) {
      part.complaints.add(found->key_line,
                          "a policy has no 'mode': to try one beside the one in force, name it in the "
                          "configuration, as policy.trial");
    }
    const Node* const found = part.map.need("version");
    if (found != nullptr && found->text != "1") {
      part.complaints.add(found->line, "version " + quoted(found->text) + " is not known: this is version 1");
    }
  }

  static void check_name(const Node& node, std::string_view what, Complaints& complaints) {
    if (is_name(node.key)) return;
    complaints.add(node.key_line,
                   std::string(what) + " " + quoted(node.key) + " must be of a-z, 0-9 and '-', at most 63");
  }

  static const std::vector<Node>& entries_of(const Node& node, std::string_view what,
                                             Complaints& complaints) {
    if (node.kind != Node::Kind::kMap) {
      complaints.add(node.line, std::string(what) + " must be a map of names");
    }
    return node.children;
  }

  void read_issuers(Part& part, std::vector<Issuer>& issuers) {
    const Node* const found = part.map.find("issuers");
    if (found == nullptr) return;
    for (const Node& each : entries_of(*found, "issuers", part.complaints)) {
      check_name(each, "an issuer's name", part.complaints);
      issuers_.add(each.key, each.key_line, part.complaints);
      Issuer issuer = read_issuer(each, part.complaints);
      const auto same = std::ranges::find(issuers, issuer.url, &Issuer::url);
      if (same != issuers.end() && same->name != issuer.name && !issuer.url.empty()) {
        part.complaints.add(each.key_line,
                            "issuer " + quoted(each.key) + " has the url of " + quoted(same->name));
      }
      issuers.push_back(std::move(issuer));
    }
  }

  static Issuer read_issuer(const Node& node, Complaints& complaints) {
    MapReader map(node, "issuer " + quoted(node.key), complaints);
    Issuer issuer;
    issuer.name = node.key;
    if (const Node* const found = map.need("url")) issuer.url = read_url(*found, complaints);
    if (const Node* const found = map.need("audience")) issuer.audience = read_audience(*found, complaints);
    if (const Node* const found = map.find("jwks_file")) {
      const Parsed<std::string> path = parse_absolute_path(found->text);
      if (path) issuer.jwks_file = *path;
      if (!path) complaints.add(found->line, "jwks_file " + path.error());
    }
    if (const Node* const found = map.find("repeat")) {
      const Parsed<bool> repeat = parse_bool(found->text);
      if (repeat) issuer.may_repeat = *repeat;
      if (!repeat) complaints.add(found->line, "repeat " + repeat.error());
    }
    if (const Node* const found = map.find("allow_private")) {
      const Parsed<bool> allow = parse_bool(found->text);
      if (allow) issuer.allow_private = *allow;
      if (!allow) complaints.add(found->line, "allow_private " + allow.error());
      if (!issuer.jwks_file.empty()) complaints.add(found->line, "with a 'jwks_file' nobody is asked");
    }
    map.done();
    return issuer;
  }

  // Compared with `iss` to the letter: nothing is added or taken away.
  static std::string read_url(const Node& node, Complaints& complaints) {
    const std::string url = text_of(node, "url", complaints);
    const bool is_good = url.starts_with("https://") && url.size() > 8 && url.size() <= kMaxUrl &&
                         url.find_first_of(" ?#@\"\\") == std::string::npos;
    if (!is_good) {
      complaints.add(node.line, "url " + quoted(url) + " must be an https:// URL without a query");
    }
    return url;
  }

  static std::string read_audience(const Node& node, Complaints& complaints) {
    const std::string audience = text_of(node, "audience", complaints);
    if (audience.size() > kMaxAudience) complaints.add(node.line, "audience is longer than 255 bytes");
    return audience;
  }

  void read_operators(Part& part, const Names& names, std::vector<OperatorGroup>& groups) {
    const Node* const found = part.map.find("operators");
    if (found == nullptr) return;
    for (const Node& each : entries_of(*found, "operators", part.complaints)) {
      check_name(each, "the operators' name", part.complaints);
      operators_.add(each.key, each.key_line, part.complaints);
      groups.push_back(read_group(each, names, part.complaints));
    }
  }

  static OperatorGroup read_group(const Node& node, const Names& names, Complaints& complaints) {
    MapReader map(node, "operators " + quoted(node.key), complaints);
    OperatorGroup group;
    group.name = node.key;
    if (const Node* const found = map.need("issuer")) {
      group.issuer = text_of(*found, "issuer", complaints);
      if (std::ranges::find(names.issuers, group.issuer) == names.issuers.end()) {
        complaints.add(found->line, "no issuer is called " + quoted(group.issuer));
      }
    }
    if (const Node* const found = map.need("groups")) {
      group.groups = texts_of(*found, "groups", complaints);
      if (group.groups.empty()) complaints.add(found->line, "groups names none");
    }
    map.done();
    return group;
  }

  rules::Ceiling read_ceiling() {
    rules::Ceiling ceiling;
    std::optional<Origin> first;
    for (Part& part : parts_) {
      const Node* const found = part.map.find("ceiling");
      if (found == nullptr) continue;
      if (first) {
        part.complaints.add(found->key_line, "there is a ceiling already, at " + first->text());
        continue;
      }
      first = part.complaints.at(found->key_line);
      Complaints own = part.complaints.another();
      ceiling = read_members_of_ceiling(*found, own);
      // With a part of it rules would be blamed for what the rest allows.
      if (!own.none()) ceiling = rules::Ceiling();
      part.complaints.add_all(std::move(own));
    }
    return ceiling;
  }

  static rules::Ceiling read_members_of_ceiling(const Node& node, Complaints& complaints) {
    rules::Ceiling ceiling;
    MapReader map(node, "ceiling", complaints);
    if (const Node* const found = map.find("permissions")) {
      ceiling.permissions = read_permissions(*found, complaints);
    }
    if (const Node* const found = map.find("never")) {
      ceiling.never = read_operations(*found, "never", complaints);
    }
    map.done();
    return ceiling;
  }

  std::vector<rules::Rule> read_rules(const Names& names, const rules::CeilingCut& cut) {
    std::vector<rules::Rule> rules;
    bool is_there = parts_.size() == 1;
    for (Part& part : parts_) {
      const Node* const found = parts_.size() == 1 ? part.map.need("rules") : part.map.find("rules");
      if (found == nullptr) continue;
      is_there = true;
      for (const Node& each : list_of(*found, "rules", part.complaints)) {
        std::optional<rules::Rule> rule = read_rule(each, names, part.complaints);
        if (!rule) continue;
        rules_.add(rule->name, each.line, part.complaints);
        const Result<> done = cut.apply(*rule);
        if (!done) part.complaints.add(each.line, done.error().message());
        rules.push_back(*std::move(rule));
      }
    }
    if (!is_there) parts_.front().complaints.add(0, "neither this file nor another one has 'rules'");
    return rules;
  }

  std::deque<Part>& parts_;
  Taken issuers_{"issuer"};
  Taken operators_{"operators"};
  Taken rules_{"rule"};
};

}  // namespace

std::expected<Policy, std::vector<Problem>> parse_policy(std::string_view text, const std::string& source) {
  return parse_policy({PolicyText(std::string(text), source)});
}

std::expected<Policy, std::vector<Problem>> parse_policy(const std::vector<PolicyText>& files) {
  std::deque<Part> parts;
  std::vector<Problem> problems;
  const auto add_all = [&problems](const std::vector<Problem>& more) {
    problems.insert(problems.end(), more.begin(), more.end());
  };
  for (const PolicyText& file : files) {
    std::expected<Node, std::vector<Problem>> root = parse_document(file.text, file.source);
    if (root) {
      parts.emplace_back(*std::move(root), file.source);
    } else {
      add_all(root.error());
    }
  }
  // What a file that cannot be read would have said is missing in the others.
  if (!problems.empty()) return std::unexpected(std::move(problems));
  HW_CHECK(!parts.empty());
  PolicyReader reader(parts);
  Policy policy = reader.read();
  if (reader.is_good()) return policy;
  for (Part& part : parts) add_all(std::move(part.complaints).take());
  return std::unexpected(std::move(problems));
}

}  // namespace hubwarden::config
