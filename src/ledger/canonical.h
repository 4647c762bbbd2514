#pragma once

// JSON that has one spelling: an object's members in the order of their names, no blanks, nothing escaped but
// quotes and backslashes. What it writes has no control characters and is UTF-8.
//
//   std::string out;
//   CanonicalObject object(out);
//   object.number("count", 3);
//   object.text("kind", "events_lost");
//   object.end();                          // {"count":3,"kind":"events_lost"}

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace hubwarden::ledger {

class CanonicalObject {
 public:
  explicit CanonicalObject(std::string& out) : out_(out) { out_ += '{'; }

  // Names are literals, in their order.
  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, std::uint64_t value);
  void time(std::string_view name, TimePoint value);
  // The value is what the caller appends then.
  void begin(std::string_view name);
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  std::string_view last_;
};

void append_quoted(std::string& out, std::string_view text);

// 2026-11-28T18:00:00.000001Z, always with six digits.
std::string time_text(TimePoint time);
std::optional<TimePoint> parse_time_text(std::string_view text);

// As a line may have it: without control characters and what has the shape of a token, at most `max` bytes.
// Again the same when it is done again.
std::string shown_text(std::string_view text, std::size_t max);

}  // namespace hubwarden::ledger
