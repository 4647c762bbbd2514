#pragma once

// One SQLite file, opened for hubwarden's records: checked before it is touched, migrated, and durable.
//
//   Result<std::unique_ptr<SQLite::Database>> database = open_database("/var/lib/hubwarden/hubwarden.db");
//
// A file that is not ours, damaged, or of a newer hubwarden is refused and left as it is. The file is made
// with mode 0600, and missing directories above it with 0700. Errors name the path: they are for the operator
// who starts hubwarden and must not reach a caller.

#include <SQLiteCpp/Database.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hubwarden::store {

// ":memory:" gives a database that lives as long as its connection.
Result<std::unique_ptr<SQLite::Database>> open_database(const std::string& path);

// The number of migrations that this hubwarden knows; the file's own is its PRAGMA user_version.
int schema_version();

// What a failed statement means to the caller. Without SQLite's own text, which can hold paths.
Error to_error(const SQLite::Exception& failure);

}  // namespace hubwarden::store
