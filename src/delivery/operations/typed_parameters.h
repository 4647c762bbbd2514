#pragma once

// Parameters that are known to the last detail: type, range, length, whether they must be there.
//
//   Result<Placed> placed = place_typed(parameters_of(ShortName::kCreateIssue), params);
//   placed->body;                                        // {"title": "…", "labels": ["bug"]}
//
// Checked before a token or a budget is touched, so that a caller's mistake costs nothing. Pure. The page for
// callers is docs/operations-on-github.md.

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "catalogue/names.h"

namespace hubwarden::delivery {

enum class Place { kPath, kQuery, kBody };

enum class Kind {
  kInteger,  // least and most are those of the number
  kText,     // … of its characters
  kLine,     // a text without control characters
  kChoice,   // one of `choices`
  kTime,     // RFC 3339
  kSha,      // 40 or 64 hexadecimal digits
  kUrl,      // http or https
  kLines,    // a list of lines: … of its entries
  kNames,    // in the query: a list of lines, joined by commas
  kObject,   // with `members` and no others
  kObjects,  // a list of those: … of its entries
};

struct TypedParameter {
  std::string_view name;
  Place place;
  Kind kind;
  bool is_required = false;
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::string_view choices = {};
  std::span<const TypedParameter> members = {};
  std::string_view sent_as = {};  // in the path, where GitHub's name differs
};

// Values where they belong, as texts in path and query.
struct Placed {
  std::vector<std::pair<std::string, std::string>> path;
  std::vector<std::pair<std::string, std::string>> query;
  boost::json::object body;
};

// `invalid_request`, naming the parameter: missing, unknown, mistyped, out of range.
Result<Placed> place_typed(std::span<const TypedParameter> parameters, const boost::json::object& values);

// What each short name takes.
std::span<const TypedParameter> parameters_of(catalogue::ShortName name);
// What no single parameter can tell: a check run is completed if and only if it has a conclusion.
Result<> check_together(catalogue::ShortName name, const Placed& placed);

}  // namespace hubwarden::delivery
