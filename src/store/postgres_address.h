#pragma once

// Where a PostgreSQL is and who asks it: an URL as libpq reads it, and a password that is not part of it.
//
//   Result<PostgresAddress> address =
//   PostgresAddress::parse("postgresql://hubwarden@db.example.com/hubwarden", password);
//
// Immutable; from any thread.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/shared_secret.h"

namespace hubwarden::store {

class PostgresAddress {
 public:
  // The password may be none. `not_configured` for an URL that libpq does not understand, without its text.
  static Result<PostgresAddress> parse(const std::string& url, SharedSecret password);

  // libpq's own names of parameters and their values, without the password.
  const std::vector<std::pair<std::string, std::string>>& parameters() const { return parameters_; }
  // Empty without one.
  std::string_view password() const { return password_ ? password_->reveal() : std::string_view(); }
  // "db.example.com:5432", for the log.
  const std::string& shown() const { return shown_; }

 private:
  PostgresAddress() = default;

  std::vector<std::pair<std::string, std::string>> parameters_;
  SharedSecret password_;
  std::string shown_;
};

}  // namespace hubwarden::store
