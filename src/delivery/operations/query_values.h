#pragma once

// The query of a request to GitHub: names and values in order, each name once, checked against what GitHub's
// description says of them.
//
//   QueryValues query(operation);
//   Result<> set = query.set("state", "open");
//   query.text();                                       // "state=open"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "catalogue/operation.h"

namespace hubwarden::delivery {

class QueryValues {
 public:
  // No operation of GitHub's has half as many.
  static constexpr std::size_t kMaxParameters = 40;
  // Of one value: GitHub's longest are search queries, of some 2 KiB.
  static constexpr std::size_t kMaxValue = 4096;

  explicit QueryValues(const catalogue::Operation& operation) : operation_(operation) {}

  // Takes the place of a value of that name. A name that GitHub does not describe is passed on as it is, if
  // it is one: GitHub learns new ones more often than hubwarden does. `invalid_request`, naming it.
  Result<> set(std::string_view name, std::string value);
  // Each pair of "page=2&per_page=30", decoded.
  Result<> set_all(std::string_view query);

  bool has(std::string_view name) const;
  // Encoded, without '?'; empty for none.
  std::string text() const;

 private:
  Result<> check(std::string_view name, std::string_view value) const;

  catalogue::Operation operation_;
  std::vector<std::pair<std::string, std::string>> values_;
};

}  // namespace hubwarden::delivery
