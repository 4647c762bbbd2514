#pragma once

// What the conformance tests of all records share: the implementations that have to pass them. A new one adds
// itself here.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/fake_handle_records.h"
#include "store/handle_records.h"
#include "store/sqlite_store.h"
#include "store/workspace_records.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::store {

// One kind of records, and what keeps them open.
template <class Records, class Feed>
struct Opened {
  template <class Owner>
  explicit Opened(std::shared_ptr<Owner> opened)
      : records(*opened), feed(*opened), owner(std::move(opened)) {}

  Records& records;
  Feed& feed;
  std::shared_ptr<void> owner;
};
using OpenedWorkspaces = Opened<WorkspaceRecords, WorkspaceFeed>;
using OpenedHandles = Opened<HandleRecords, HandleFeed>;

template <class OpenedRecords>
struct Backend {
  std::string name;
  std::function<OpenedRecords(const test::TemporaryDirectory&)> open;
};

template <class OpenedRecords>
std::vector<Backend<OpenedRecords>> sqlite_backends() {
  const auto open = [](const std::string& path) {
    return OpenedRecords(std::shared_ptr<SqliteStore>(SqliteStore::open(path).value()));
  };
  const auto in_a_file = [open](const test::TemporaryDirectory& directory) {
    return open(directory / "records.db");
  };
  const auto in_memory = [open](const test::TemporaryDirectory&) { return open(":memory:"); };
  return {{"SqliteInAFile", in_a_file}, {"SqliteInMemory", in_memory}};
}

inline std::vector<Backend<OpenedWorkspaces>> workspace_backends() {
  return sqlite_backends<OpenedWorkspaces>();
}

inline std::vector<Backend<OpenedHandles>> handle_backends() {
  std::vector<Backend<OpenedHandles>> all = sqlite_backends<OpenedHandles>();
  const auto fake = [](const test::TemporaryDirectory&) {
    return OpenedHandles(std::make_shared<FakeHandleRecords>());
  };
  all.push_back({"Fake", fake});
  return all;
}

struct NameOfBackend {
  template <class Instance>
  std::string operator()(const Instance& instance) const {
    return instance.param.name;
  }
};

}  // namespace hubwarden::store
