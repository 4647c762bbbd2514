#pragma once

// Finds the route of a path: a tree by segments. A literal goes before a parameter; a parameter that may hold
// slashes (a file, a branch) takes as little as makes the rest fit, so that
// /repos/a/b/commits/feature/x/status is the status of the commit "feature/x".
//
//   const RouteTree tree(routes());
//   const auto found = tree.find(http::Method::kGet, {"repos", "acme", "widgets"});
//
// Immutable once made: any thread. The routes outlive it.

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sandbox/routes.h"

namespace hubwarden::sandbox {

class RouteTree {
 public:
  struct Found {
    const Route* route;
    Parameters parameters;
  };

  explicit RouteTree(std::span<const Route> routes);

  // `segments` as sent, percent-encoded.
  std::optional<Found> find(http::Method method, std::span<const std::string_view> segments) const;

 private:
  static constexpr std::size_t kMethods = 7;

  struct Node {
    std::map<std::string_view, std::unique_ptr<Node>> literals;
    std::unique_ptr<Node> parameter;
    std::unique_ptr<Node> stretch;  // a parameter that may hold slashes
    std::array<const Route*, kMethods> routes{};
  };
  // What stood in place of each parameter, from left to right: encoded, slashes included.
  using Values = std::vector<std::span<const std::string_view>>;

  void add(const Route& route);
  std::optional<Found> find_below(const Node& node, http::Method method,
                                  std::span<const std::string_view> rest, Values& values) const;
  std::optional<Found> find_in_stretch(const Node& node, http::Method method,
                                       std::span<const std::string_view> rest, Values& values) const;

  Node root_;
};

}  // namespace hubwarden::sandbox
