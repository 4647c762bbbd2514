#include "catalogue/table.h"

#include <algorithm>

namespace hubwarden::catalogue::table {
namespace {

// Where each row stands, under its name.
enum Place : std::uint16_t {
#define OPERATION(name, ...) name,
#include "catalogue/operations.inc"
#undef OPERATION
};

enum RoutePlace : std::uint16_t {
#define ROUTE(name, ...) name,
#include "catalogue/routes.inc"
#undef ROUTE
};

constexpr std::uint16_t kNoOperation = kNone;
constexpr std::uint16_t kNoRoute = kNone;

// The block: the texts one behind the other.

struct Block {
#define OPERATION(name, id, method, flags, resource, path, category, permissions, path_parameters, \
                  query_parameters)                                                                \
  char name##_id[sizeof(id)];                                                                      \
  char name##_path[sizeof(path)];                                                                  \
  char name##_category[sizeof(category)];                                                          \
  char name##_permissions[sizeof(permissions)];                                                    \
  char name##_path_parameters[sizeof(path_parameters)];                                            \
  char name##_query_parameters[sizeof(query_parameters)];
#include "catalogue/operations.inc"
#undef OPERATION
#define ROUTE(name, kind, text, ...) char name##_text[sizeof(text)];
#include "catalogue/routes.inc"
#undef ROUTE
};

constexpr Block kBlock = {
#define OPERATION(name, id, method, flags, resource, path, category, permissions, path_parameters, \
                  query_parameters)                                                                \
  id, path, category, permissions, path_parameters, query_parameters,
#include "catalogue/operations.inc"
#undef OPERATION
#define ROUTE(name, kind, text, ...) text,
#include "catalogue/routes.inc"
#undef ROUTE
};

#define TEXT(member) Text{offsetof(Block, member), sizeof(Block::member) - 1}

constexpr Row kRows[] = {
#define OPERATION(name, id, method, flags, resource, path, category, permissions, path_parameters, \
                  query_parameters)                                                                \
  {TEXT(name##_id),                                                                                \
   TEXT(name##_path),                                                                              \
   TEXT(name##_category),                                                                          \
   TEXT(name##_permissions),                                                                       \
   TEXT(name##_path_parameters),                                                                   \
   TEXT(name##_query_parameters),                                                                  \
   method,                                                                                         \
   flags,                                                                                          \
   resource},
#include "catalogue/operations.inc"
#undef OPERATION
};

constexpr Node kNodes[] = {
#define ROUTE(name, kind, text, first_child, literals, parameters, get, post, put, patch, remove)        \
  {head_of(text), TEXT(name##_text), first_child, literals, parameters, {get, post, put, patch, remove}, \
   kind},
#include "catalogue/routes.inc"
#undef ROUTE
};

#undef TEXT

std::span<const Node> literals_below(const Node& node) {
  return node.literals == 0 ? std::span<const Node>()
                            : std::span(kNodes).subspan(node.first_child, node.literals);
}

}  // namespace

std::string_view Text::view() const {
  return {reinterpret_cast<const char*>(&kBlock) + offset, size};
}

const Node* Node::literal(std::string_view segment) const {
  const auto all = literals_below(*this);
  const std::uint64_t wanted = head_of(segment);
  auto found = std::ranges::lower_bound(all, wanted, {}, &Node::head);
  for (; found != all.end() && found->head == wanted; ++found) {
    if (found->text.size != segment.size()) continue;
    if (segment.size() <= kHead || found->text.view() == segment) return &*found;
  }
  return nullptr;
}

const Node* Node::parameter(Kind wanted) const {
  for (std::size_t i = 0; i < parameters; ++i) {
    const Node& one = kNodes[first_child + literals + i];
    if (one.kind == wanted) return &one;
  }
  return nullptr;
}

std::span<const Row> rows() {
  return kRows;
}

const Node& root() {
  return kNodes[kRoute];
}

const Node& repository() {
  return kNodes[kRouteReposXX];
}

}  // namespace hubwarden::catalogue::table
