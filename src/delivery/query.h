#pragma once

// A request's query, parsed once: known names alone, decoded, in order.
//
//   Result<Query> query = Query::parse(request.query(), {"repo", "permissions"});
//   for (const std::string& repo : query->all("repo")) …

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace hubwarden::delivery {

class Query {
 public:
  // `invalid_request` for a name that is not known, a broken escape, or more parameters than kMaxParameters.
  static Result<Query> parse(std::string_view text, std::initializer_list<std::string_view> known);

  std::vector<std::string> all(std::string_view name) const;
  // Refuses a parameter that stands twice.
  Result<std::optional<std::string>> one(std::string_view name) const;
  // Leaves nothing of it here; empty if there is none.
  std::string take(std::string_view name);
  bool empty() const { return parameters_.empty(); }

  // A token covers at most 500 repositories, each a parameter of its own.
  static constexpr std::size_t kMaxParameters = 510;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace hubwarden::delivery
