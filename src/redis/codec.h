#pragma once

// Redis' protocol (RESP 2) as text: hiredis' formatter and parser, within bounds. No I/O.
//
//   out += command_text({"GET", name});
//   reader.feed(bytes);
//   for (;;) {
//     const Result<std::optional<Reply>> reply = reader.next();
//     if (!reply || !*reply) break;                     // broken for good; more bytes are needed
//     …
//   }

#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "redis/reply.h"

struct redisReader;

namespace hubwarden::redis {

struct ReplyBudget;

// One command. The words may hold any bytes.
std::string command_text(std::span<const std::string_view> words);
std::string command_text(std::initializer_list<std::string_view> words);

class ReplyReader {
 public:
  // Of one reply: a sealed token has less than 300 KiB, a list of slots less than 16,384 ranges.
  static constexpr std::size_t kMaxBytes = 1 << 20;
  static constexpr std::size_t kMaxItems = 128 << 10;

  ReplyReader();
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void feed(std::string_view bytes);
  // The next reply that is whole. upstream_protocol for what is no reply or beyond the bounds: then for ever.
  Result<std::optional<Reply>> next();

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };

  std::unique_ptr<ReplyBudget> budget_;
  std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace hubwarden::redis
