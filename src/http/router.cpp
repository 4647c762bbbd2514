#include "http/router.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "http/server_answer.h"

namespace hubwarden::http {
namespace {

// The segment that `path` begins with, and what follows it, from its slash on.
struct Split {
  std::string_view segment;
  std::string_view rest;
};

Split split_segment(std::string_view path) {
  const std::size_t end = std::min(path.find('/', 1), path.size());
  return {path.substr(1, end - 1), path.substr(end)};
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{');
}

}  // namespace

// What may follow one segment.
struct Router::Node {
  struct Literal {
    std::string text;
    std::unique_ptr<Node> node;
  };
  struct Parameter {
    std::string ending;
    std::unique_ptr<Node> node;
  };

  Node& child(std::string_view segment) {
    if (is_parameter(segment)) return parameter_child(segment);
    for (Literal& literal : literals) {
      if (literal.text == segment) return *literal.node;
    }
    literals.push_back({std::string(segment), std::make_unique<Node>()});
    return *literals.back().node;
  }

  // The longest ending first: "{id}:revoke" before "{id}".
  Node& parameter_child(std::string_view segment) {
    const std::size_t close = segment.find('}');
    HW_CHECK(close != std::string_view::npos && close > 1);
    const std::string_view ending = segment.substr(close + 1);
    auto at = parameters.begin();
    while (at != parameters.end() && at->ending.size() >= ending.size()) {
      if (at->ending == ending) return *at->node;
      ++at;
    }
    return *parameters.insert(at, {std::string(ending), std::make_unique<Node>()})->node;
  }

  bool has_route() const {
    return std::ranges::any_of(routes, [](const Route& route) { return route != nullptr; });
  }

  std::string allowed() const {
    std::string names;
    for (std::size_t i = 0; i < kMethods; ++i) {
      const bool is_implied =
          static_cast<Method>(i) == Method::kHead && routes[static_cast<std::size_t>(Method::kGet)];
      if (!routes[i] && !is_implied) continue;
      if (!names.empty()) names += ", ";
      names += to_string(static_cast<Method>(i));
    }
    return names;
  }

  const Route& route(Method method) const {
    const Route& own = routes[static_cast<std::size_t>(method)];
    return own || method != Method::kHead ? own : routes[static_cast<std::size_t>(Method::kGet)];
  }

  std::vector<Literal> literals;
  std::vector<Parameter> parameters;
  std::array<Route, kMethods> routes;
};

std::string_view PathParameters::operator[](std::size_t index) const {
  HW_CHECK(index < size_);
  return values_[index];
}

Router::Router() : root_(std::make_unique<Node>()) {
}

Router::~Router() = default;

void Router::add(Method method, std::string_view pattern, Route route) {
  HW_CHECK(pattern.starts_with('/') && route != nullptr);
  Node* node = root_.get();
  std::size_t parameters = 0;
  for (std::string_view rest = pattern; !rest.empty();) {
    const Split split = split_segment(rest);
    if (is_parameter(split.segment)) ++parameters;
    node = &node->child(split.segment);
    rest = split.rest;
  }
  Route& place = node->routes[static_cast<std::size_t>(method)];
  HW_CHECK(place == nullptr && parameters <= PathParameters::kMax);
  place = std::move(route);
}

Reply Router::handle(Request& request) {
  PathParameters parameters;
  const Node* node = request.path().starts_with('/') ? find(*root_, request.path(), parameters) : nullptr;
  if (node == nullptr) return refusal_response({404, "there is nothing at this path"}, request.id());
  const Route& route = node->route(request.method());
  if (route) return route(request, parameters);
  Response refused = refusal_response({405, "the path does not have this method"}, request.id());
  refused.fields().add("Allow", node->allowed());
  return refused;
}

// The node of the whole path that has a route, or null. Steps back where a literal turns out to lead nowhere;
// the depth is that of the patterns, not of the path.
const Router::Node* Router::find(const Node& node, std::string_view rest, PathParameters& parameters) {
  if (rest.empty()) return node.has_route() ? &node : nullptr;
  const Split split = split_segment(rest);
  for (const Node::Literal& literal : node.literals) {
    if (literal.text != split.segment) continue;
    const Node* found = find(*literal.node, split.rest, parameters);
    if (found != nullptr) return found;
  }
  return find_parameter(node, split.segment, split.rest, parameters);
}

const Router::Node* Router::find_parameter(const Node& node, std::string_view segment, std::string_view rest,
                                           PathParameters& parameters) {
  const std::size_t index = parameters.size_;
  for (const Node::Parameter& parameter : node.parameters) {
    if (segment.size() <= parameter.ending.size() || !segment.ends_with(parameter.ending)) continue;
    std::string_view value = segment.substr(0, segment.size() - parameter.ending.size());
    if (value.find('%') != std::string_view::npos) {
      std::optional<std::string> decoded = percent_decode(value);
      if (!decoded) continue;  // an encoded NUL: no route wants it
      if (!parameters.decoded_)
        parameters.decoded_ = std::make_unique<std::array<std::string, PathParameters::kMax>>();
      std::string& kept = (*parameters.decoded_)[index];
      kept = std::move(*decoded);
      value = kept;
    }
    parameters.values_[index] = value;
    parameters.size_ = index + 1;
    const Node* found = find(*parameter.node, rest, parameters);
    if (found != nullptr) return found;
    parameters.size_ = index;
  }
  return nullptr;
}

}  // namespace hubwarden::http
