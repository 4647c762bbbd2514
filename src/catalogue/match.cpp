#include "catalogue/match.h"

#include <algorithm>

#include "base/text.h"
#include "catalogue/path_syntax.h"
#include "catalogue/table.h"

namespace hubwarden::catalogue {
namespace {

constexpr std::string_view kById = "/repositories/";

std::optional<std::size_t> place_of_method(std::string_view method) {
  if (method == "HEAD") method = "GET";
  const auto found = std::ranges::find(table::kMethods, method);
  if (found == table::kMethods.end()) return std::nullopt;
  return static_cast<std::size_t>(found - table::kMethods.begin());
}

// Takes the first segment, which follows the slash that `rest` begins with.
std::string_view take_segment(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('/', 1), rest.size());
  const std::string_view segment = rest.substr(1, end - 1);
  rest.remove_prefix(end);
  return segment;
}

// Takes "/repositories/1296269".
std::optional<RepositoryId> take_repository_id(std::string_view& rest) {
  if (!rest.starts_with(kById)) return std::nullopt;
  std::string_view behind = rest.substr(kById.size() - 1);
  const std::string_view digits = take_segment(behind);
  const auto id = parse_number<std::uint64_t>(digits);
  if (!id || digits.starts_with('0')) return std::nullopt;
  rest = behind;
  return RepositoryId(*id);
}

}  // namespace

// One walk down the trie, with every way that the rules of the header leave open.
class Matcher {
 public:
  explicit Matcher(std::size_t method) : method_(method) {}

  std::optional<Match> match(std::string_view path) {
    const std::optional<RepositoryId> id = take_repository_id(path);
    if (!ends(id ? table::repository() : table::root(), path, 0)) return std::nullopt;
    Match found(operations()[operation_], id);
    found.values_ = values_;
    return found;
  }

 private:
  // An operation's path ends where `rest` does, `depth` parameters behind it.
  bool ends(const table::Node& node, std::string_view rest, std::size_t depth) {
    if (rest.empty() || rest == "/") return ends_here(node, rest);
    std::string_view behind = rest;
    const std::string_view segment = take_segment(behind);
    const table::Node* const literal = node.literal(segment);
    if (literal != nullptr && ends(*literal, behind, depth)) return true;
    const table::Node* const one = node.parameter(table::kSegment);
    if (one != nullptr && ends_behind(*one, segment, behind, depth)) return true;
    const table::Node* const several = node.parameter(table::kSegments);
    return several != nullptr && ends_behind_several(*several, rest, depth);
  }

  // A slash at the end belongs to the root, or to a parameter that was left out.
  bool ends_here(const table::Node& node, std::string_view rest) {
    const std::uint16_t end = node.ends[method_];
    if (end == table::kNone) return false;
    operation_ = end;
    if (rest.empty()) return true;
    const std::string_view path = operations()[end].path();
    return path == rest || (node.kind == table::kLiteral && path.ends_with('}'));
  }

  bool ends_behind(const table::Node& node, std::string_view value, std::string_view rest,
                   std::size_t depth) {
    if (!ends(node, rest, depth + 1)) return false;
    values_[depth] = value;
    return true;
  }

  // The value grows segment by segment until the rest fits.
  bool ends_behind_several(const table::Node& node, std::string_view rest, std::size_t depth) {
    const std::string_view whole = rest.substr(1);
    while (!rest.empty() && rest != "/") {
      take_segment(rest);
      if (ends_behind(node, whole.substr(0, whole.size() - rest.size()), rest, depth)) return true;
    }
    return false;
  }

  std::size_t method_;
  std::size_t operation_ = 0;
  std::array<std::string_view, Match::kMaxParameters> values_;
};

std::optional<std::string_view> Match::parameter(std::string_view name) const {
  std::size_t place = 0;
  for (const Parameter& parameter : operation_.path_parameters()) {
    if (parameter.name == name) break;
    ++place;
  }
  const std::size_t skipped = repository_id_ ? 2 : 0;
  if (place < skipped || place >= operation_.path_parameters().size()) return std::nullopt;
  return values_[place - skipped];
}

std::optional<Match> match(std::string_view method, std::string_view path) {
  const auto place = place_of_method(method);
  if (!place || path.size() > kMaxPath || !is_plain_path(path)) return std::nullopt;
  return Matcher(*place).match(path);
}

}  // namespace hubwarden::catalogue
