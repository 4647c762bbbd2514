#pragma once

// Reads a JSON object strictly: the first thing wrong is named, unknown fields too.
//
//   JsonReader body(object);
//   const std::string login = body.text("login");
//   const bool is_private = body.boolean("private", true);
//   if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "sandbox/permissions.h"

namespace hubwarden::sandbox {

class JsonReader {
 public:
  explicit JsonReader(const boost::json::object& object) : object_(object) {}

  bool has(std::string_view name) const { return object_.contains(name); }
  std::string text(std::string_view name);  // required
  std::string text(std::string_view name, std::string_view fallback);
  bool boolean(std::string_view name, bool fallback);
  std::uint64_t number(std::string_view name);  // required
  std::uint64_t number(std::string_view name, std::uint64_t fallback);
  // "20s"; with a minus sign where it may go back.
  Duration duration(std::string_view name, Duration fallback);
  std::vector<std::string> texts(std::string_view name);
  std::optional<Permissions> permissions(std::string_view name);
  boost::json::object object(std::string_view name);  // required
  // {"README.md": "text"}
  std::vector<std::pair<std::string, std::string>> text_map(std::string_view name);
  // One of the words, by its place.
  std::size_t choice(std::string_view name, std::span<const std::string_view> words, std::size_t fallback);

  // invalid_request with what was wrong first.
  Result<> finish();

 private:
  const boost::json::value* take(std::string_view name);
  void wrong(std::string_view name, std::string_view expected);

  const boost::json::object& object_;
  std::set<std::string, std::less<>> known_;
  std::string fault_;
};

}  // namespace hubwarden::sandbox
