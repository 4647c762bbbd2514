// Method and path as GitHub's operations have them: from redirects, from links, from the command line.

#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/text.h"
#include "catalogue/match.h"
#include "fuzz/target.h"

namespace hubwarden::fuzz {
namespace {

// What was found, put together again, is the path that came in.
std::string rebuilt(const catalogue::Match& found) {
  const std::string_view path = found.operation().path();
  std::string text =
      found.repository_id() ? "/repositories/" + std::to_string(found.repository_id()->value()) : "";
  std::size_t at = found.repository_id() ? path.find('/', path.find('}', path.find('}') + 1)) : 0;
  while (at < path.size()) {
    const std::size_t open = std::min(path.find('{', at), path.size());
    text += path.substr(at, open - at);
    if (open == path.size()) break;
    const std::size_t close = path.find('}', open);
    text += found.parameter(path.substr(open + 1, close - open - 1)).value();
    at = close + 1;
  }
  return text;
}

void check(const catalogue::Match& found, std::string_view path) {
  for (const catalogue::Parameter& parameter : found.operation().path_parameters()) {
    const auto value = found.parameter(parameter.name);
    if (!value) {
      HW_CHECK(found.repository_id());
      continue;
    }
    HW_CHECK(!value->empty() || parameter.may_be_omitted);
    HW_CHECK(parameter.spans_segments || value->find('/') == std::string_view::npos);
    const auto decoded = percent_decode(*value);
    HW_CHECK(decoded && *decoded != "." && *decoded != ".." && !decoded->starts_with("../"));
  }
  const std::string again = rebuilt(found);
  // The slash before a parameter that was left out may be missing.
  HW_CHECK(again == path || again == std::string(path) + "/");
}

}  // namespace

// Two texts: a method and a path.
void target(std::string_view bytes) {
  const std::string_view method = take_text(bytes);
  const std::string_view path = take_text(bytes);
  const auto found = catalogue::match(method, path);
  if (!found) return;
  HW_CHECK(method == found->operation().method() ||
           (method == "HEAD" && found->operation().method() == "GET"));
  check(*found, path);
}

}  // namespace hubwarden::fuzz
