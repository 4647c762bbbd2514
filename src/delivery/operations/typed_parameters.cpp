#include "delivery/operations/typed_parameters.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <optional>

#include "base/check.h"
#include "base/text.h"
#include "base/time_text.h"
#include "delivery/operations/path_value.h"
#include "http/url.h"

namespace hubwarden::delivery {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxLine = 1024;  // of one entry of a list: a label has 50 characters, a login 39

std::string quoted(std::string_view name) {
  return "\"" + std::string(name) + "\"";
}

std::unexpected<Error> refuse(std::string_view name, std::string_view why) {
  return fail(ErrorCode::kInvalidRequest, quoted(name) + " " + std::string(why));
}

std::string range(const TypedParameter& parameter, std::string_view of) {
  return std::to_string(parameter.least) + " to " + std::to_string(parameter.most) + std::string(of);
}

// Characters, not bytes: what GitHub counts.
std::int64_t characters(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

bool is_blank(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
}

bool is_among(std::string_view choices, std::string_view text) {
  const std::vector<std::string_view> all = split(choices, '|');
  return std::ranges::find(all, text) != all.end();
}

bool is_sha(std::string_view text) {
  const auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
  return (text.size() == 40 || text.size() == 64) && std::ranges::all_of(text, is_hex);
}

bool is_in_range(const TypedParameter& parameter, std::int64_t count) {
  return count >= parameter.least && count <= parameter.most;
}

Result<> check_integer(const TypedParameter& parameter, const json::value& value) {
  const bool fits = value.is_int64() && is_in_range(parameter, value.get_int64());
  if (!fits) return refuse(parameter.name, "must be a whole number, " + range(parameter, ""));
  return {};
}

// What is wrong with the text, or nothing.
std::string text_complaint(const TypedParameter& parameter, std::string_view text) {
  if (!is_utf8(text) || text.contains('\0')) return "is not a proper text";
  switch (parameter.kind) {
    case Kind::kText:
    case Kind::kLine:
      if (!is_in_range(parameter, characters(text))) return "must have " + range(parameter, " characters");
      if (parameter.least > 0 && is_blank(text)) return "must not be blank";
      return parameter.kind == Kind::kText || is_plain_text(text) ? "" : "must not hold control characters";
    case Kind::kChoice:
      return is_among(parameter.choices, text) ? "" : "must be one of " + std::string(parameter.choices);
    case Kind::kTime: return parse_rfc3339(text) ? "" : "must be a time like 2026-11-22T12:00:00Z";
    case Kind::kSha: return is_sha(text) ? "" : "must be a commit's SHA";
    case Kind::kUrl: return http::Url::parse(text) ? "" : "must be an http or https URL";
    default: HW_CHECK(false);
  }
}

Result<> check_text(const TypedParameter& parameter, const json::value& value) {
  if (!value.is_string()) return refuse(parameter.name, "must be a string");
  const std::string why = text_complaint(parameter, value.get_string());
  if (!why.empty()) return refuse(parameter.name, why);
  return {};
}

Result<> check_lines(const TypedParameter& parameter, const json::value& value) {
  const auto is_line = [](const json::value& one) {
    return one.is_string() && !one.get_string().empty() && one.get_string().size() <= kMaxLine &&
           is_plain_text(one.get_string());
  };
  if (!value.is_array() || !std::ranges::all_of(value.get_array(), is_line)) {
    return refuse(parameter.name, "must be a list of short strings");
  }
  if (!is_in_range(parameter, static_cast<std::int64_t>(value.get_array().size()))) {
    return refuse(parameter.name, "must have " + range(parameter, " entries"));
  }
  const auto holds_comma = [](const json::value& one) {
    return one.get_string().find(',') != json::string::npos;
  };
  if (parameter.kind == Kind::kNames && std::ranges::any_of(value.get_array(), holds_comma)) {
    return refuse(parameter.name, "must not hold a comma, which would make two of one");
  }
  return {};
}

Result<> check(const TypedParameter& parameter, const json::value& value);

Result<> check_members(std::span<const TypedParameter> members, const json::object& values,
                       std::string_view whole) {
  const auto within = [whole](std::string_view name) {
    return whole.empty() ? std::string(name) : std::string(whole) + "." + std::string(name);
  };
  for (const auto& member : values) {
    const std::string_view name = member.key();
    if (std::ranges::find(members, name, &TypedParameter::name) == members.end()) {
      return refuse(printable(within(member.key()), 80), "is not known here");
    }
  }
  for (const TypedParameter& one : members) {
    const json::value* const value = values.if_contains(one.name);
    if (value == nullptr && one.is_required) return refuse(within(one.name), "is required");
    if (value == nullptr) continue;
    const Result<> good = check(one, *value);
    if (!good) return good;
  }
  return {};
}

Result<> check_objects(const TypedParameter& parameter, const json::value& value) {
  if (parameter.kind == Kind::kObject) {
    if (!value.is_object()) return refuse(parameter.name, "must be an object");
    return check_members(parameter.members, value.get_object(), parameter.name);
  }
  if (!value.is_array()) return refuse(parameter.name, "must be a list of objects");
  if (!is_in_range(parameter, static_cast<std::int64_t>(value.get_array().size()))) {
    return refuse(parameter.name, "must have " + range(parameter, " entries"));
  }
  for (const json::value& one : value.get_array()) {
    if (!one.is_object()) return refuse(parameter.name, "must be a list of objects");
    const Result<> good = check_members(parameter.members, one.get_object(), parameter.name);
    if (!good) return good;
  }
  return {};
}

Result<> check(const TypedParameter& parameter, const json::value& value) {
  switch (parameter.kind) {
    case Kind::kInteger: return check_integer(parameter, value);
    case Kind::kLines:
    case Kind::kNames: return check_lines(parameter, value);
    case Kind::kObject:
    case Kind::kObjects: return check_objects(parameter, value);
    default: return check_text(parameter, value);
  }
}

std::string text_of(const json::value& value) {
  if (value.is_int64()) return std::to_string(value.get_int64());
  if (value.is_string()) return std::string(value.get_string());
  std::string joined;
  for (const json::value& one : value.get_array()) {
    if (!joined.empty()) joined += ',';
    joined += one.get_string();
  }
  return joined;
}

}  // namespace

Result<Placed> place_typed(std::span<const TypedParameter> parameters, const json::object& values) {
  const Result<> good = check_members(parameters, values, "");
  if (!good) return std::unexpected(good.error());
  Placed placed;
  for (const TypedParameter& parameter : parameters) {
    const json::value* const value = values.if_contains(parameter.name);
    if (value == nullptr) continue;
    switch (parameter.place) {
      case Place::kPath:
        placed.path.emplace_back(parameter.sent_as.empty() ? parameter.name : parameter.sent_as,
                                 text_of(*value));
        break;
      case Place::kQuery: placed.query.emplace_back(parameter.name, text_of(*value)); break;
      case Place::kBody: placed.body.emplace(parameter.name, *value); break;
    }
  }
  return placed;
}

}  // namespace hubwarden::delivery
