#pragma once

// What the conformance tests of all records share: the implementations that have to pass them. A new one adds
// itself here.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/handle_records.h"
#include "store/sqlite_store.h"
#include "store/workspace_records.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::store {

struct Opened {
  explicit Opened(std::unique_ptr<SqliteStore> sqlite)
      : owner(std::move(sqlite)),
        workspaces(*owner),
        workspace_feed(*owner),
        handles(*owner),
        handle_feed(*owner) {}

  std::unique_ptr<SqliteStore> owner;
  WorkspaceRecords& workspaces;
  WorkspaceFeed& workspace_feed;
  HandleRecords& handles;
  HandleFeed& handle_feed;
};

struct Backend {
  std::string name;
  std::function<Opened(const test::TemporaryDirectory&)> open;
};

inline std::vector<Backend> backends() {
  const auto in_a_file = [](const test::TemporaryDirectory& directory) {
    return Opened(SqliteStore::open(directory / "records.db").value());
  };
  const auto in_memory = [](const test::TemporaryDirectory&) {
    return Opened(SqliteStore::open(":memory:").value());
  };
  return {Backend{"SqliteInAFile", in_a_file}, Backend{"SqliteInMemory", in_memory}};
}

inline std::string name_of(const testing::TestParamInfo<Backend>& instance) {
  return instance.param.name;
}

}  // namespace hubwarden::store
