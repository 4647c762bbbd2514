#include "delivery/operations/query_values.h"

#include <algorithm>

#include "base/text.h"
#include "delivery/operations/path_value.h"

namespace hubwarden::delivery {
namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::int64_t kMostPerPage = 100;     // GitHub's own bound
constexpr std::int64_t kLastPage = 1'000'000;  // far beyond what GitHub gives

bool is_name(std::string_view text) {
  const auto is_name_character = [](char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; };
  return !text.empty() && text.size() <= kMaxName && std::ranges::all_of(text, is_name_character);
}

std::unexpected<Error> refuse(std::string_view name, const std::string& why) {
  return fail(ErrorCode::kInvalidRequest, "query parameter \"" + printable(name, kMaxName) + "\" " + why);
}

bool is_number_up_to(std::string_view text, std::int64_t most) {
  const auto number = parse_number<std::int64_t>(text);
  return number && *number >= 1 && *number <= most;
}

std::string_view name_of(const std::pair<std::string, std::string>& value) {
  return value.first;
}

// All of a list's entries.
bool accepts_each(const catalogue::Parameter& parameter, std::string_view value) {
  return std::ranges::all_of(split(value, ','), [&](std::string_view one) { return parameter.accepts(one); });
}

}  // namespace

Result<> QueryValues::check(std::string_view name, std::string_view value) const {
  if (!is_name(name)) return refuse(name, "is not the name of one");
  if (value.size() > kMaxValue) return refuse(name, "is too long");
  if (!is_plain_text(value)) return refuse(name, "holds control characters, or is not UTF-8");
  if (name == "per_page" && !is_number_up_to(value, kMostPerPage)) return refuse(name, "must be 1 to 100");
  if (name == "page" && !is_number_up_to(value, kLastPage))
    return refuse(name, "must be a whole number from 1");
  const auto known = operation_.query_parameters().find(name);
  if (!known) return {};
  const bool is_list = known->type == catalogue::ParameterType::kArray;
  if (is_list ? accepts_each(*known, value) : known->accepts(value)) return {};
  return refuse(name,
                "must be " + std::string(known->values.empty() ? to_string(known->type) : known->values));
}

Result<> QueryValues::set(std::string_view name, std::string value) {
  const Result<> good = check(name, value);
  if (!good) return good;
  const auto there = std::ranges::find(values_, name, name_of);
  if (there != values_.end()) {
    there->second = std::move(value);
    return {};
  }
  if (values_.size() == kMaxParameters)
    return fail(ErrorCode::kInvalidRequest, "there are too many query parameters");
  values_.emplace_back(name, std::move(value));
  return {};
}

bool QueryValues::has(std::string_view name) const {
  return std::ranges::find(values_, name, name_of) != values_.end();
}

Result<> QueryValues::set_all(std::string_view query) {
  if (query.empty()) return {};
  for (const std::string_view pair : split(query, '&')) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = percent_decode(pair.substr(0, equals));
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) return fail(ErrorCode::kInvalidRequest, "the query holds a broken escape");
    const Result<> good = set(*name, std::move(*value));
    if (!good) return good;
  }
  return {};
}

std::string QueryValues::text() const {
  std::string text;
  for (const auto& [name, value] : values_) {
    if (!text.empty()) text += '&';
    text.append(percent_encode(name)).append(1, '=').append(percent_encode(value));
  }
  return text;
}

}  // namespace hubwarden::delivery
