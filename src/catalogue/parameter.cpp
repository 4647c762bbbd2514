#include "catalogue/parameter.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "base/text.h"

namespace hubwarden::catalogue {
namespace {

constexpr ParameterType kTypes[] = {ParameterType::kString, ParameterType::kInteger, ParameterType::kBoolean,
                                    ParameterType::kArray};

// Takes away what stands before the first of `ends`.
std::string_view take_until(std::string_view& text, std::string_view ends) {
  const std::size_t end = std::min(text.find_first_of(ends), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end);
  return taken;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

ParameterType type_of(std::string_view text) {
  for (const ParameterType type : kTypes) {
    if (text == to_string(type)) return type;
  }
  HW_CHECK(false);
}

// The grammar is in the header.
Parameter parse(std::string_view text) {
  Parameter parameter;
  parameter.name = take_until(text, ":/?!=[");
  if (take(text, ':')) parameter.type = type_of(take_until(text, "/?!=["));
  parameter.spans_segments = take(text, '/');
  parameter.may_be_omitted = take(text, '?');
  parameter.is_required = take(text, '!');
  if (take(text, '=')) parameter.values = take_until(text, "[");
  if (take(text, '[')) {
    parameter.minimum = parse_number<std::int64_t>(take_until(text, "."));
    text.remove_prefix(2);
    parameter.maximum = parse_number<std::int64_t>(take_until(text, "]"));
  }
  return parameter;
}

bool is_one_of(std::string_view value, std::string_view values) {
  while (!values.empty()) {
    if (take_until(values, "|") == value) return true;
    take(values, '|');
  }
  return false;
}

bool is_integer_in(std::string_view value, const Parameter& parameter) {
  const auto number = parse_number<std::int64_t>(value);
  return number && *number >= parameter.minimum.value_or(*number) &&
         *number <= parameter.maximum.value_or(*number);
}

}  // namespace

std::string_view to_string(ParameterType type) {
  switch (type) {
    case ParameterType::kString: return "string";
    case ParameterType::kInteger: return "integer";
    case ParameterType::kBoolean: return "boolean";
    case ParameterType::kArray: return "array";
  }
  HW_CHECK(false);
}

bool Parameter::accepts(std::string_view value) const {
  if (value.empty()) return false;
  if (!values.empty() && !is_one_of(value, values)) return false;
  if (type == ParameterType::kInteger) return is_integer_in(value, *this);
  return type != ParameterType::kBoolean || value == "true" || value == "false";
}

Parameters::Iterator::Iterator(std::string_view rest) : rest_(rest) {
  read();
}

void Parameters::Iterator::read() {
  left_ = rest_.size();
  if (rest_.empty()) return;
  parameter_ = parse(take_until(rest_, " "));
  take(rest_, ' ');
}

Parameters::Iterator& Parameters::Iterator::operator++() {
  read();
  return *this;
}

Parameters::Iterator Parameters::Iterator::operator++(int) {
  const Iterator before = *this;
  read();
  return before;
}

std::size_t Parameters::size() const {
  return static_cast<std::size_t>(std::distance(begin(), end()));
}

std::optional<Parameter> Parameters::find(std::string_view name) const {
  for (const Parameter& parameter : *this) {
    if (parameter.name == name) return parameter;
  }
  return std::nullopt;
}

}  // namespace hubwarden::catalogue
