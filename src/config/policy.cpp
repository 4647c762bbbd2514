#include "config/policy.h"

#include <algorithm>
#include <utility>

#include "config/document.h"
#include "config/node_reader.h"
#include "config/rule_reader.h"
#include "config/values.h"

namespace hubwarden::config {
namespace {

constexpr std::size_t kMaxAudience = 255;
constexpr std::size_t kMaxUrl = 1024;

class PolicyReader {
 public:
  explicit PolicyReader(Complaints& complaints) : complaints_(complaints) {}

  Policy read(const Node& root) {
    MapReader map(root, "the policy", complaints_);
    check_version(map);
    Policy policy;
    if (const Node* const found = map.find("issuers")) policy.issuers = read_issuers(*found);
    Names names;
    for (const Issuer& issuer : policy.issuers) names.issuers.push_back(issuer.name);
    if (const Node* const found = map.find("operators")) policy.operators = read_operators(*found, names);
    for (const OperatorGroup& group : policy.operators) names.operators.push_back(group.name);
    const rules::Ceiling ceiling = read_ceiling(map);
    std::vector<rules::Rule> rules = read_rules(map, names);
    map.done();
    if (!complaints_.none()) return policy;
    auto book = rules::RuleBook::make(std::move(rules), ceiling);
    if (book) {
      policy.rules = *std::move(book);
    } else {
      complaints_.add(line_of_rules_, book.error().message());
    }
    return policy;
  }

 private:
  void check_version(MapReader& map) {
    const Node* const found = map.need("version");
    if (found != nullptr && found->text != "1") {
      complaints_.add(found->line, "version " + quoted(found->text) + " is not known: this is version 1");
    }
  }

  void check_name(const Node& node, std::string_view what) {
    if (is_name(node.key)) return;
    complaints_.add(node.key_line,
                    std::string(what) + " " + quoted(node.key) + " must be of a-z, 0-9 and '-', at most 63");
  }

  const std::vector<Node>& entries_of(const Node& node, std::string_view what) {
    if (node.kind != Node::Kind::kMap) {
      complaints_.add(node.line, std::string(what) + " must be a map of names");
    }
    return node.children;
  }

  std::vector<Issuer> read_issuers(const Node& node) {
    std::vector<Issuer> issuers;
    for (const Node& each : entries_of(node, "issuers")) {
      check_name(each, "an issuer's name");
      MapReader map(each, "issuer " + quoted(each.key), complaints_);
      Issuer issuer;
      issuer.name = each.key;
      if (const Node* const found = map.need("url")) issuer.url = read_url(*found);
      if (const Node* const found = map.need("audience")) issuer.audience = read_audience(*found);
      if (const Node* const found = map.find("jwks_file")) {
        const Parsed<std::string> path = parse_absolute_path(found->text);
        if (path) issuer.jwks_file = *path;
        if (!path) complaints_.add(found->line, "jwks_file " + path.error());
      }
      map.done();
      const auto same = std::ranges::find(issuers, issuer.url, &Issuer::url);
      if (same != issuers.end() && !issuer.url.empty()) {
        complaints_.add(each.key_line,
                        "issuer " + quoted(each.key) + " has the url of " + quoted(same->name));
      }
      issuers.push_back(std::move(issuer));
    }
    return issuers;
  }

  // Compared with `iss` to the letter: nothing is added or taken away.
  std::string read_url(const Node& node) {
    const std::string url = text_of(node, "url", complaints_);
    const bool is_good = url.starts_with("https://") && url.size() > 8 && url.size() <= kMaxUrl &&
                         url.find_first_of(" ?#@\"\\") == std::string::npos;
    if (!is_good) {
      complaints_.add(node.line, "url " + quoted(url) + " must be an https:// URL without a query");
    }
    return url;
  }

  std::string read_audience(const Node& node) {
    const std::string audience = text_of(node, "audience", complaints_);
    if (audience.size() > kMaxAudience) complaints_.add(node.line, "audience is longer than 255 bytes");
    return audience;
  }

  std::vector<OperatorGroup> read_operators(const Node& node, const Names& names) {
    std::vector<OperatorGroup> groups;
    for (const Node& each : entries_of(node, "operators")) {
      check_name(each, "the operators' name");
      MapReader map(each, "operators " + quoted(each.key), complaints_);
      OperatorGroup group;
      group.name = each.key;
      if (const Node* const found = map.need("issuer")) {
        group.issuer = text_of(*found, "issuer", complaints_);
        if (std::ranges::find(names.issuers, group.issuer) == names.issuers.end()) {
          complaints_.add(found->line, "no issuer is called " + quoted(group.issuer));
        }
      }
      if (const Node* const found = map.need("groups")) {
        group.groups = texts_of(*found, "groups", complaints_);
        if (group.groups.empty()) complaints_.add(found->line, "groups names none");
      }
      map.done();
      groups.push_back(std::move(group));
    }
    return groups;
  }

  rules::Ceiling read_ceiling(MapReader& map) {
    rules::Ceiling ceiling;
    const Node* const found = map.find("ceiling");
    if (found == nullptr) return ceiling;
    MapReader members(*found, "ceiling", complaints_);
    if (const Node* const node = members.find("permissions")) {
      ceiling.permissions = read_permissions(*node, complaints_);
    }
    if (const Node* const node = members.find("never")) {
      ceiling.never = read_operations(*node, "never", complaints_);
    }
    members.done();
    return ceiling;
  }

  std::vector<rules::Rule> read_rules(MapReader& map, const Names& names) {
    std::vector<rules::Rule> rules;
    const Node* const found = map.need("rules");
    if (found == nullptr) return rules;
    line_of_rules_ = found->line;
    for (const Node& each : list_of(*found, "rules", complaints_)) {
      std::optional<rules::Rule> rule = read_rule(each, names, complaints_);
      if (rule) rules.push_back(*std::move(rule));
    }
    return rules;
  }

  Complaints& complaints_;
  int line_of_rules_ = 0;
};

}  // namespace

std::expected<Policy, std::vector<Problem>> parse_policy(std::string_view text, const std::string& source) {
  const std::expected<Node, std::vector<Problem>> root = parse_document(text, source);
  if (!root) return std::unexpected(root.error());
  Complaints complaints(source);
  Policy policy = PolicyReader(complaints).read(*root);
  if (!complaints.none()) return std::unexpected(std::move(complaints).take());
  return policy;
}

}  // namespace hubwarden::config
