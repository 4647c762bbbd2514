#pragma once

// What is wrong with a configuration, for the person who wrote it. Never holds a secret's value.

#include <cstddef>
#include <string>
#include <utility>

namespace hubwarden::config {

// What a message quotes of the configuration is cut here.
inline constexpr std::size_t kMaxShownValue = 60;
// A path that is cut leads nowhere.
inline constexpr std::size_t kMaxShownPath = 255;

// Where a value came from: a file and its line, or an environment variable.
class Origin {
 public:
  Origin() = default;
  Origin(std::string source, int line) : source_(std::move(source)), line_(line) {}

  static Origin variable(std::string name) { return {std::move(name), 0}; }

  const std::string& source() const { return source_; }
  int line() const { return line_; }  // from 1; 0 where lines mean nothing
  // "hubwarden.yaml:12", "HUBWARDEN_TOKENS_FLOOR"
  std::string text() const { return line_ == 0 ? source_ : source_ + ":" + std::to_string(line_); }

 private:
  std::string source_;
  int line_ = 0;
};

struct Problem {
  Problem(Origin origin_, std::string message_) : origin(std::move(origin_)), message(std::move(message_)) {}

  // "hubwarden.yaml:12: unknown key 'tokens.flor' (did you mean 'floor'?)"
  std::string text() const { return origin.source().empty() ? message : origin.text() + ": " + message; }

  Origin origin;
  std::string message;
};

}  // namespace hubwarden::config
