#pragma once

// What tests against a real PostgreSQL have in common: one server for all of a program's tests, a database
// for each of them, and stores.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "obs/capturing_log.h"
#include "store/postgres_store.h"
#include "tests/support/postgres_process.h"
#include "tests/support/run_task.h"

namespace hubwarden::store {

constexpr TimePoint kNoon{std::chrono::seconds(1'790'000'000)};

// Ends with the program.
inline test::PostgresProcess& postgres() {
  static test::PostgresProcess process;
  return process;
}

inline Workspace workspace(std::string_view name) {
  constexpr std::string_view kRepositories[] = {"acme/widgets"};
  return Workspace(*policy::WorkspaceId::parse(name), *policy::RepositoryList::parse(kRepositories),
                   *policy::PermissionSet::parse("contents:read"), kNoon);
}

inline WorkspaceToken token(std::uint64_t n) {
  return WorkspaceToken(TokenId(n), crypto::sha256("token " + std::to_string(n)), kNoon);
}

inline Handle handle(std::uint64_t n) {
  return Handle(HandleId(n), crypto::sha256("handle " + std::to_string(n)), "admin",
                *policy::Repository::parse("acme/widgets"), "read", kNoon, kNoon + std::chrono::hours(1));
}

// Until `is_true`, for ten seconds at most.
template <class Predicate>
bool comes_true(Predicate is_true) {
  for (int i = 0; i < 1000; ++i) {
    if (is_true()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

class PostgresTest : public ::testing::Test {
 protected:
  static PostgresOptions options_of(const std::string& name) {
    PostgresOptions options;
    options.url = postgres().url(name);
    options.connections = 2;
    return options;
  }
  Result<std::unique_ptr<PostgresStore>> try_to_open() {
    return PostgresStore::open(options_of(database), log);
  }
  // It follows.
  std::unique_ptr<PostgresStore> open() {
    std::unique_ptr<PostgresStore> store = try_to_open().value();
    store->follow();
    return store;
  }
  std::string execute(const std::string& sql) const { return postgres().execute(database, sql); }

  std::string database = postgres().new_database();
  obs::CapturingLog log;
};

}  // namespace hubwarden::store
