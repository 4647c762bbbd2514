#pragma once

// What the SQL of every kind of record is written with: statements in use, transactions.

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include "crypto/digest.h"
#include "store/sqlite_database.h"

namespace hubwarden::store {

// A prepared statement in use: bound, stepped, and reset when it goes, so that it holds no lock on the file.
class Use {
 public:
  explicit Use(SQLite::Statement& statement) : statement_(statement) {}
  ~Use() { statement_.tryReset(); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  Use& bind(std::int64_t value) {
    statement_.bind(++bound_, value);
    return *this;
  }
  Use& bind(const std::string& text) {
    statement_.bind(++bound_, text);
    return *this;
  }
  Use& bind(const crypto::Digest& digest) {
    statement_.bind(++bound_, digest.data(), static_cast<int>(digest.size()));
    return *this;
  }
  Use& bind(std::nullopt_t) {
    statement_.bind(++bound_);
    return *this;
  }
  int exec() { return statement_.exec(); }
  bool step() { return statement_.executeStep(); }
  SQLite::Column column(int index) { return statement_.getColumn(index); }

 private:
  SQLite::Statement& statement_;
  int bound_ = 0;
};

// Nothing if the column holds no digest.
inline std::optional<crypto::Digest> digest_in(const SQLite::Column& blob) {
  crypto::Digest digest;
  if (blob.getBytes() != static_cast<int>(digest.size())) return std::nullopt;
  std::memcpy(digest.data(), blob.getBlob(), digest.size());
  return digest;
}

// Commits if the steps succeed, leaves everything as it was if they fail or throw.
template <class Steps>
auto in_transaction(SQLite::Database& database, Steps steps) -> decltype(steps()) {
  try {
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    auto outcome = steps();
    if (outcome) transaction.commit();
    return outcome;
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

}  // namespace hubwarden::store
