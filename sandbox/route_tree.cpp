#include "sandbox/route_tree.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace hubwarden::sandbox {
namespace {

// Files, branches, tags and comparisons: their names have slashes, and GitHub takes them as they are.
constexpr std::array<std::string_view, 6> kStretching = {"{path}",     "{dir}",    "{ref}",
                                                         "{basehead}", "{branch}", "{tag}"};
// These may be left out: the repository's root, its default branch.
constexpr std::array<std::string_view, 2> kOptional = {"/contents/{path}", "ball/{ref}"};
// Every other parameter called "…_id" or "…_number" is a number.
constexpr std::array<std::string_view, 12> kTextIds = {"ghsa_id",
                                                       "task_id",
                                                       "client_id",
                                                       "gist_id",
                                                       "budget_id",
                                                       "user_id",
                                                       "network_configuration_id",
                                                       "network_settings_id",
                                                       "workflow_id",
                                                       "sarif_id",
                                                       "pages_deployment_id",
                                                       "export_id"};
constexpr std::size_t kMaxDigits = 19;  // of a signed 64-bit number

template <class List>
bool contains(const List& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{');
}

bool may_end_before_last(const Route& route) {
  return std::any_of(kOptional.begin(), kOptional.end(),
                     [&](std::string_view end) { return route.pattern.ends_with(end); });
}

bool fits(std::string_view name, std::string_view value) {
  const bool numbered = name.ends_with("_id") || name.ends_with("_number");
  if (!numbered || contains(kTextIds, name)) return true;
  return value.size() <= kMaxDigits &&
         std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::string> decode(std::span<const std::string_view> segments) {
  std::string joined;
  for (const std::string_view segment : segments) {
    const auto decoded = percent_decode(segment);
    if (!decoded) return std::nullopt;
    if (!joined.empty()) joined += '/';
    joined += *decoded;
  }
  return joined;
}

std::optional<Parameters> name_values(const Route& route,
                                      std::span<const std::span<const std::string_view>> values) {
  Parameters parameters;
  std::size_t next = 0;
  for (const std::string_view segment : split(route.pattern.substr(1), '/')) {
    if (!is_parameter(segment)) continue;
    const std::string_view name = segment.substr(1, segment.size() - 2);
    const bool left_out = next == values.size();
    auto value = left_out ? std::optional(std::string()) : decode(values[next++]);
    if (!value || (value->empty() && !left_out) || !fits(name, *value)) return std::nullopt;
    parameters.emplace(name, std::move(*value));
  }
  return parameters;
}

}  // namespace

RouteTree::RouteTree(std::span<const Route> routes) {
  for (const Route& route : routes) add(route);
}

void RouteTree::add(const Route& route) {
  const auto grow = [](std::unique_ptr<Node>& at) -> Node* {
    if (!at) at = std::make_unique<Node>();
    return at.get();
  };
  const auto method = static_cast<std::size_t>(route.method);
  Node* node = &root_;
  const auto segments = split(route.pattern.substr(1), '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool is_last = i + 1 == segments.size();
    if (is_last && may_end_before_last(route)) node->routes[method] = &route;
    if (contains(kStretching, segments[i])) {
      node = grow(node->stretch);
    } else if (is_parameter(segments[i])) {
      node = grow(node->parameter);
    } else {
      node = grow(node->literals[segments[i]]);
    }
  }
  node->routes[method] = &route;
}

std::optional<RouteTree::Found> RouteTree::find(http::Method method,
                                                std::span<const std::string_view> segments) const {
  Values values;
  return find_below(root_, method, segments, values);
}

std::optional<RouteTree::Found> RouteTree::find_below(const Node& node, http::Method method,
                                                      std::span<const std::string_view> rest,
                                                      Values& values) const {
  if (rest.empty()) {
    const Route* const route = node.routes[static_cast<std::size_t>(method)];
    auto parameters = route ? name_values(*route, values) : std::nullopt;
    if (!parameters) return std::nullopt;
    return Found{route, std::move(*parameters)};
  }
  if (const auto literal = node.literals.find(rest.front()); literal != node.literals.end()) {
    if (auto found = find_below(*literal->second, method, rest.subspan(1), values)) return found;
  }
  if (node.parameter) {
    values.push_back(rest.first(1));
    if (auto found = find_below(*node.parameter, method, rest.subspan(1), values)) return found;
    values.pop_back();
  }
  return node.stretch ? find_in_stretch(*node.stretch, method, rest, values) : std::nullopt;
}

std::optional<RouteTree::Found> RouteTree::find_in_stretch(const Node& node, http::Method method,
                                                           std::span<const std::string_view> rest,
                                                           Values& values) const {
  for (std::size_t taken = 1; taken <= rest.size(); ++taken) {
    // "a//b" and a slash at the end are no names.
    if (rest[taken - 1].empty()) return std::nullopt;
    values.push_back(rest.first(taken));
    if (auto found = find_below(node, method, rest.subspan(taken), values)) return found;
    values.pop_back();
  }
  return std::nullopt;
}

}  // namespace hubwarden::sandbox
