#include "delivery/query.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace hubwarden::delivery {

Result<Query> Query::parse(std::string_view text, std::initializer_list<std::string_view> known) {
  Query query;
  if (text.empty()) return query;
  for (const std::string_view part : split(text, '&')) {
    const std::size_t equals = part.find('=');
    auto name = percent_decode(part.substr(0, equals));
    const std::string_view raw = equals == std::string_view::npos ? "" : part.substr(equals + 1);
    auto value = percent_decode(raw);
    if (!name || !value) return fail(ErrorCode::kInvalidRequest, "the query holds a broken escape");
    if (std::ranges::find(known, *name) == known.end()) {
      return fail(ErrorCode::kInvalidRequest, "unknown query parameter: \"" + printable(*name, 60) + "\"");
    }
    query.parameters_.emplace_back(*std::move(name), *std::move(value));
    if (query.parameters_.size() > kMaxParameters) {
      return fail(ErrorCode::kInvalidRequest, "too many query parameters");
    }
  }
  return query;
}

std::vector<std::string> Query::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : parameters_) {
    if (key == name) values.push_back(value);
  }
  return values;
}

Result<std::optional<std::string>> Query::one(std::string_view name) const {
  const std::vector<std::string> values = all(name);
  if (values.size() > 1) {
    return fail(ErrorCode::kInvalidRequest,
                "query parameter \"" + std::string(name) + "\" stands more than once");
  }
  return values.empty() ? std::nullopt : std::optional(values.front());
}

std::string Query::take(std::string_view name) {
  const auto found = std::ranges::find(parameters_, name, [](const auto& each) { return each.first; });
  return found == parameters_.end() ? std::string() : std::exchange(found->second, std::string());
}

}  // namespace hubwarden::delivery
