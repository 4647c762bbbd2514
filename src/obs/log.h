#pragma once

// Log events: a stable name and typed fields, never prose with values in it.
//
//   log.info("github.token_handed_out", {{"fingerprint", fingerprint}, {"remaining", remaining},
//                                        request_id(request.id())});
//
// What stands before a name's dot is its component: the text form begins with it ("[github] …"), JSON has it
// as "component". Names are literals, checked while compiling, so no text from outside can become one. Values
// are escaped and cut when written. A Secret cannot be logged; log its fingerprint.
//
// Every Log may be used from any thread.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>

#include "base/clock.h"
#include "base/secret.h"

namespace hubwarden::obs {

enum class Severity { kDebug, kInfo, kWarning, kError };

std::string_view to_string(Severity severity);  // "warning"

// A literal of [a-z0-9_], for an event also with one inner dot. Anything else does not compile.
template <bool kWithComponent>
class Name {
 public:
  template <class Text>
    requires std::convertible_to<const Text&, std::string_view>
  // NOLINTNEXTLINE(google-explicit-constructor): it stands where a literal would
  consteval Name(const Text& literal) : text_(literal) {
    int dots = 0;
    for (const char c : text_) {
      if (c == '.') ++dots;
      const bool known = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
      if (!known) throw "a name holds [a-z0-9_] only";
    }
    if (dots > (kWithComponent ? 1 : 0)) throw "only an event has a component, and one";
    if (text_.empty() || text_.front() == '.' || text_.back() == '.') throw "a name is not empty";
  }

  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

using EventName = Name<true>;
using FieldName = Name<false>;

// A name and a value; views, so it lives as long as the call that logs it.
class Field {
 public:
  struct Absent {};  // the field is not written
  using Value =
      std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool, Duration, TimePoint, Absent>;

  Field(FieldName name, std::string_view value) : name_(name), value_(value) {}
  Field(FieldName name, const char* value) : name_(name), value_(std::string_view(value)) {}
  Field(FieldName name, Absent value) : name_(name), value_(value) {}
  Field(FieldName name, TimePoint value) : name_(name), value_(value) {}
  Field(FieldName name, double value) : name_(name), value_(value) {}
  template <std::integral Number>
  Field(FieldName name, Number value) : name_(name) {
    if constexpr (std::same_as<Number, bool>) {
      value_ = value;
    } else if constexpr (std::is_signed_v<Number>) {
      value_ = std::int64_t{value};
    } else {
      value_ = std::uint64_t{value};
    }
  }
  template <class Rep, class Period>
  Field(FieldName name, std::chrono::duration<Rep, Period> value)
      : name_(name), value_(std::chrono::duration_cast<Duration>(value)) {}
  Field(FieldName name, const Secret& log_its_fingerprint_instead) = delete;

  std::string_view name() const { return name_.text(); }
  const Value& value() const { return value_; }
  bool is_absent() const { return std::holds_alternative<Absent>(value_); }

 private:
  FieldName name_;
  Value value_;
};

// The field by which the lines of one request are found.
inline Field request_id(std::string_view id) {
  return {"request_id", id};
}

// Beside it: the field by which those of a whole trace are. Empty: the request belongs to none, and there is
// no field.
inline Field trace_id(std::string_view id) {
  return id.empty() ? Field("trace_id", Field::Absent()) : Field("trace_id", id);
}

class Log {
 public:
  virtual ~Log() = default;

  // False: an event of that severity would not be written, so its fields need not be made.
  virtual bool enabled(Severity severity) const = 0;

  // Before a program's end without destructors: returns when what was logged is written, or after `at_most`.
  virtual void write_out([[maybe_unused]] Duration at_most) {}

  void event(Severity severity, EventName name, std::initializer_list<Field> fields) {
    if (enabled(severity)) write(severity, name, std::span(fields.begin(), fields.size()));
  }
  void debug(EventName name, std::initializer_list<Field> fields) { event(Severity::kDebug, name, fields); }
  void info(EventName name, std::initializer_list<Field> fields) { event(Severity::kInfo, name, fields); }
  void warning(EventName name, std::initializer_list<Field> fields) {
    event(Severity::kWarning, name, fields);
  }
  void error(EventName name, std::initializer_list<Field> fields) { event(Severity::kError, name, fields); }

 protected:
  virtual void write(Severity severity, EventName name, std::span<const Field> fields) = 0;
};

class NullLog final : public Log {
 public:
  bool enabled(Severity) const override { return false; }

 protected:
  void write(Severity, EventName, std::span<const Field>) override {}
};

}  // namespace hubwarden::obs
