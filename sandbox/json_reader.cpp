#include "sandbox/json_reader.h"

#include <boost/json/array.hpp>

#include "base/text.h"
#include "base/time_text.h"

namespace hubwarden::sandbox {

namespace json = boost::json;

const json::value* JsonReader::take(std::string_view name) {
  known_.emplace(name);
  return object_.if_contains(name);
}

void JsonReader::wrong(std::string_view name, std::string_view expected) {
  if (fault_.empty()) fault_ = std::string(name) + " must be " + std::string(expected);
}

std::string JsonReader::text(std::string_view name) {
  if (!has(name)) wrong(name, "given");
  return text(name, "");
}

std::string JsonReader::text(std::string_view name, std::string_view fallback) {
  const json::value* value = take(name);
  if (!value) return std::string(fallback);
  if (value->is_string()) return std::string(value->as_string());
  wrong(name, "a string");
  return {};
}

bool JsonReader::boolean(std::string_view name, bool fallback) {
  const json::value* value = take(name);
  if (!value) return fallback;
  if (value->is_bool()) return value->as_bool();
  wrong(name, "true or false");
  return fallback;
}

std::uint64_t JsonReader::number(std::string_view name) {
  if (!has(name)) wrong(name, "given");
  return number(name, 0);
}

std::uint64_t JsonReader::number(std::string_view name, std::uint64_t fallback) {
  const json::value* value = take(name);
  if (!value) return fallback;
  if (value->is_int64() && value->as_int64() >= 0) return static_cast<std::uint64_t>(value->as_int64());
  wrong(name, "a whole number from 0");
  return fallback;
}

json::object JsonReader::object(std::string_view name) {
  const json::value* value = take(name);
  if (value && value->is_object()) return value->as_object();
  wrong(name, "an object");
  return {};
}

Duration JsonReader::duration(std::string_view name, Duration fallback) {
  const json::value* value = take(name);
  if (!value) return fallback;
  std::string_view given = value->is_string() ? std::string_view(value->as_string()) : std::string_view();
  const bool back = given.starts_with('-');
  if (back) given.remove_prefix(1);
  const auto parsed = parse_duration(given);
  if (!parsed) wrong(name, "a duration such as \"20s\"");
  return parsed ? (back ? -*parsed : *parsed) : fallback;
}

std::vector<std::string> JsonReader::texts(std::string_view name) {
  std::vector<std::string> list;
  const json::value* value = take(name);
  if (!value) return list;
  if (!value->is_array()) wrong(name, "an array of strings");
  for (const json::value& one : value->is_array() ? value->as_array() : json::array()) {
    if (!one.is_string()) wrong(name, "an array of strings");
    if (one.is_string()) list.emplace_back(one.as_string());
  }
  return list;
}

std::optional<Permissions> JsonReader::permissions(std::string_view name) {
  const json::value* value = take(name);
  if (!value) return std::nullopt;
  Permissions permissions;
  if (!value->is_object()) wrong(name, R"(an object such as {"contents": "write"})");
  for (const auto& [key, level] : value->is_object() ? value->as_object() : json::object()) {
    const auto parsed = level.is_string() ? parse_level(level.as_string()) : std::nullopt;
    if (!parsed) wrong(name, "read, write or admin for each name");
    if (parsed) permissions.emplace(std::string(key), *parsed);
  }
  return permissions;
}

std::vector<std::pair<std::string, std::string>> JsonReader::text_map(std::string_view name) {
  std::vector<std::pair<std::string, std::string>> entries;
  const json::value* value = take(name);
  if (!value) return entries;
  if (!value->is_object()) wrong(name, "an object of strings");
  for (const auto& [key, text] : value->is_object() ? value->as_object() : json::object()) {
    if (!text.is_string()) wrong(name, "an object of strings");
    if (text.is_string()) entries.emplace_back(std::string(key), std::string(text.as_string()));
  }
  return entries;
}

std::size_t JsonReader::choice(std::string_view name, std::span<const std::string_view> words,
                               std::size_t fallback) {
  const json::value* value = take(name);
  if (!value) return fallback;
  std::string all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (value->is_string() && std::string_view(value->as_string()) == words[i]) return i;
    all += (i == 0 ? "" : ", ") + std::string(words[i]);
  }
  wrong(name, "one of " + all);
  return fallback;
}

Result<> JsonReader::finish() {
  for (const auto& [name, value] : object_) {
    if (fault_.empty() && !known_.contains(name)) fault_ = "unknown field: " + printable(name, 80);
  }
  if (fault_.empty()) return {};
  return fail(ErrorCode::kInvalidRequest, fault_);
}

}  // namespace hubwarden::sandbox
