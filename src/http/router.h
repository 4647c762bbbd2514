#pragma once

// Which handler a method and a path belong to.
//
//   Router router;
//   router.add(Method::kGet, "/healthz", [&](Request& request, const PathParameters&) { return
//   health.get(request); }); router.add(Method::kGet, "/workspaces/{id}/tokens/{token}", [&](Request&
//   request, const PathParameters& path) {
//     return workspaces.token(request, path[0], path[1]);
//   });
//   router.add(Method::kPost, "/v1/grants/{id}:revoke", …);
//
// A parameter is one whole segment, or one up to a fixed ending, percent-decoded and never empty. What is
// written out wins over a parameter. Paths are compared as they are: no case folding, no `..`, and a slash at
// the end counts. HEAD is served by GET's route unless it has one of its own. Nothing found: 404, or 405 with
// Allow. Threads: add() before the first request; handle() from any.

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/handler.h"

namespace hubwarden::http {

// In the order of the pattern. Valid during the call of the route: a Task copies what it needs later.
class PathParameters {
 public:
  static constexpr std::size_t kMax = 8;

  PathParameters() = default;
  PathParameters(const PathParameters&) = delete;
  PathParameters& operator=(const PathParameters&) = delete;

  std::size_t size() const { return size_; }
  std::string_view operator[](std::size_t index) const;

 private:
  friend class Router;

  std::array<std::string_view, kMax> values_;
  std::size_t size_ = 0;
  std::unique_ptr<std::array<std::string, kMax>> decoded_;  // of those that held escapes; null when none did
};

class Router final : public Handler {
 public:
  using Route = std::function<Reply(Request&, const PathParameters&)>;

  Router();
  ~Router() override;

  // A pattern that is malformed or already taken is a bug and stops the process.
  void add(Method method, std::string_view pattern, Route route);

  Reply handle(Request& request) override;

 private:
  struct Node;
  static constexpr std::size_t kMethods = 7;

  static const Node* find(const Node& node, std::string_view rest, PathParameters& parameters);
  static const Node* find_parameter(const Node& node, std::string_view segment, std::string_view rest,
                                    PathParameters& parameters);

  std::unique_ptr<Node> root_;
};

}  // namespace hubwarden::http
