#pragma once

// What PostgreSQL answered, as text; and what a statement is asked with.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "crypto/digest.h"

struct pg_result;  // libpq's PGresult

namespace hubwarden::store {

// A constant. Its name is what a connection prepares it under, once.
struct PostgresStatement {
  const char* name;
  const char* sql;
};

// In the order of $1, $2 …; nothing is NULL.
using PostgresValues = std::vector<std::optional<std::string>>;

class PostgresRows {
 public:
  PostgresRows() = default;
  explicit PostgresRows(pg_result* result) : result_(result) {}

  std::size_t size() const;
  bool is_null(std::size_t row, int column) const;
  // Until this goes. Empty for NULL.
  std::string_view text(std::size_t row, int column) const;
  // 0 for what is no number.
  std::int64_t number(std::size_t row, int column) const;
  // Of 64 hexadecimal digits, as encode(…, 'hex') gives them; nothing for anything else.
  std::optional<crypto::Digest> digest(std::size_t row, int column) const;
  // Of a number of microseconds.
  TimePoint time(std::size_t row, int column) const;
  std::optional<TimePoint> time_or_null(std::size_t row, int column) const;
  // How many rows a statement has changed.
  std::size_t changed() const;

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace hubwarden::store
