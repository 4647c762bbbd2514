#include "store/postgres_rows.h"

#include <libpq-fe.h>

#include <charconv>

#include "base/text.h"
#include "store/record_text.h"

namespace hubwarden::store {

void PostgresRows::Clear::operator()(pg_result* result) const {
  PQclear(result);
}

std::size_t PostgresRows::size() const {
  return static_cast<std::size_t>(PQntuples(result_.get()));
}

bool PostgresRows::is_null(std::size_t row, int column) const {
  return PQgetisnull(result_.get(), static_cast<int>(row), column) != 0;
}

std::string_view PostgresRows::text(std::size_t row, int column) const {
  const int at = static_cast<int>(row);
  const auto length = static_cast<std::size_t>(PQgetlength(result_.get(), at, column));
  return {PQgetvalue(result_.get(), at, column), length};
}

std::int64_t PostgresRows::number(std::size_t row, int column) const {
  const std::string_view digits = text(row, column);
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::optional<crypto::Digest> PostgresRows::digest(std::size_t row, int column) const {
  crypto::Digest digest;
  const std::string_view digits = text(row, column);
  if (digits.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const char* const end = digits.data() + 2 * i + 2;
    unsigned char byte = 0;
    const auto [stop, error] = std::from_chars(end - 2, end, byte, 16);
    if (error != std::errc{} || stop != end) return std::nullopt;
    digest[i] = static_cast<std::byte>(byte);
  }
  return digest;
}

TimePoint PostgresRows::time(std::size_t row, int column) const {
  return from_micros(number(row, column));
}

std::optional<TimePoint> PostgresRows::time_or_null(std::size_t row, int column) const {
  return is_null(row, column) ? std::nullopt : std::optional(time(row, column));
}

std::size_t PostgresRows::changed() const {
  return parse_number<std::size_t>(PQcmdTuples(result_.get())).value_or(0);
}

}  // namespace hubwarden::store
