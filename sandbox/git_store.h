#pragma once

// The repositories on disk: bare ones, <directory>/<id>.git, made when they are first needed. Everything is
// done by git itself, through its plumbing.
//
// Threads: one loop's. Errors: `unavailable` when git cannot be run or fails, `not_found`, `conflict`,
// `invalid_request` as said below; their messages are GitHub's.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sandbox/exchange.h"
#include "sandbox/process.h"

namespace hubwarden::sandbox {

struct TreeEntry {
  TreeEntry(std::string name_, std::string type_, std::string sha_, std::uint64_t size_)
      : name(std::move(name_)), type(std::move(type_)), sha(std::move(sha_)), size(size_) {}
  std::string name;
  std::string type;  // "file", "dir", "symlink", "submodule"
  std::string sha;
  std::uint64_t size;
};

// A file, or the entries of a directory.
struct Contents {
  Contents() = default;
  bool is_directory = false;
  std::string sha;
  std::string bytes;
  std::vector<TreeEntry> entries;
};

struct Written {
  Written() = default;
  bool created = false;  // not replaced
  std::string blob;
  std::string commit;
  std::vector<std::string> parents;
  TimePoint at;
};

class GitStore {
 public:
  GitStore(std::filesystem::path directory, const Clock& clock, net::Timers& timers)
      : directory_(std::move(directory)),
        clock_(clock),
        timers_(timers),
        children_(std::make_shared<Children>()) {}

  // not_found: no such path, no such ref, an empty repository.
  net::Task<Result<Contents>> read(ReadContents wanted);
  // not_found: no such branch; invalid_request: there is a file and no `replaces`; conflict: it is another
  // one.
  net::Task<Result<Written>> write(WriteContents wanted, TimePoint at);
  // Makes the repository if there is none yet.
  net::Task<Result<>> ensure(RepositoryId id, std::string branch);
  void remove(RepositoryId id) const;

  // git http-backend with these variables beside the usual ones.
  net::Task<Result<std::unique_ptr<Process>>> serve(std::vector<std::string> more, Duration patience);
  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path path_of(RepositoryId id) const;

  Children& children() { return *children_; }
  net::Timers& timers() { return timers_; }
  const Clock& clock() const { return clock_; }

  // One run of git with our settings and nothing else.
  net::Task<Result<ProcessOutput>> git(std::vector<std::string> arguments, std::string input);

 private:
  std::vector<std::string> environment() const;

  std::filesystem::path directory_;
  const Clock& clock_;
  net::Timers& timers_;
  std::shared_ptr<Children> children_;
  std::uint64_t next_temporary_ = 1;
};

}  // namespace hubwarden::sandbox
