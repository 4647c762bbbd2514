#pragma once

// What Redis answers to one command, or sends by itself on a connection that listens.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace hubwarden::redis {

class Reply {
 public:
  // A status ("OK") is a text.
  enum class Kind { kNil, kInteger, kText, kError, kArray };

  Reply() = default;
  static Reply integer_of(std::int64_t value) {
    Reply reply(Kind::kInteger);
    reply.integer_ = value;
    return reply;
  }
  static Reply text_of(std::string_view text) { return Reply(Kind::kText, text); }
  static Reply error_of(std::string_view text) { return Reply(Kind::kError, text); }
  // As many nils, to be set one by one.
  static Reply array_of(std::size_t size) {
    Reply reply(Kind::kArray);
    reply.items_.resize(size);
    return reply;
  }

  Kind kind() const { return kind_; }
  bool is_nil() const { return kind_ == Kind::kNil; }
  bool is_error() const { return kind_ == Kind::kError; }
  bool is_text() const { return kind_ == Kind::kText; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_integer() const { return kind_ == Kind::kInteger; }

  // 0 for what is no integer, empty for what is none of theirs.
  std::int64_t integer() const { return integer_; }
  const std::string& text() const { return text_; }
  const std::vector<Reply>& items() const { return items_; }
  std::vector<Reply>& items() { return items_; }

  // How long whoever asked waited for Redis to give it, without what his own loop took to come back to it. Of
  // a whole answer alone.
  Duration took() const { return took_; }
  void set_took(Duration took) { took_ = took; }

 private:
  explicit Reply(Kind kind) : kind_(kind) {}
  Reply(Kind kind, std::string_view text) : kind_(kind), text_(text) {}

  Kind kind_ = Kind::kNil;
  std::int64_t integer_ = 0;
  std::string text_;
  std::vector<Reply> items_;
  Duration took_ = Duration::zero();
};

// An error's text for messages and logs: cut, and without what does not print.
std::string error_text(const Reply& error);

}  // namespace hubwarden::redis
