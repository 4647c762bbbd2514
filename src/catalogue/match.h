#pragma once

// Which operation a request is: method and path → operation.
//
//   const std::optional<Match> found = match("GET", "/repos/acme/widgets/contents/src/main.c");
//   found->operation().id();                            // "repos/get-content"
//   found->parameter("path");                           // "src/main.c": as it stands in the path
//   match("GET", "/repositories/1296269/issues")->repository_id();     // 1296269
//
// A path is absolute and without its query. Parameters are views of it, still percent-encoded. Rules, in this
// order:
//
//   - What is written out wins over a parameter: /gists/public is gists/list-public, not a gist by that name.
//   - A parameter of one segment wins over one that spans several; that one takes as few as fit. GitHub says
//   which
//     parameters span segments: paths, references, branches, tags, commits, digests. Where the rest of such a
//     path could belong to either, %2F says what is meant.
//   - Of templates that no path can tell apart, the one that GitHub documents for Apps:
//     /compare/{base}...{head} is repos/compare-commits-with-basehead.
//   - HEAD is GET's. /repositories/{id}… is /repos/{owner}/{repo}…: where GitHub's redirects and links lead
//   to.
//
// Nothing is found for what GitHub would read in another way than we do, or not at all: empty and dot
// segments (hidden behind escapes or not), broken escapes, bytes that do not belong into a path, a slash at
// the end. No allocation. Threads: all.

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/ids.h"
#include "catalogue/operation.h"

namespace hubwarden::catalogue {

class Match {
 public:
  // No template has more parameters.
  static constexpr std::size_t kMaxParameters = 5;

  const Operation& operation() const { return operation_; }
  // Nothing for a name that the template does not have, and for `owner` and `repo` where there is an id
  // instead. Empty if the parameter was left out at the end of the path.
  std::optional<std::string_view> parameter(std::string_view name) const;
  // In the place of owner and repo.
  std::optional<RepositoryId> repository_id() const { return repository_id_; }

 private:
  friend class Matcher;
  Match(Operation operation, std::optional<RepositoryId> repository_id)
      : operation_(operation), repository_id_(repository_id) {}

  Operation operation_;
  std::optional<RepositoryId> repository_id_;
  std::array<std::string_view, kMaxParameters> values_;  // in the order of the template, without owner and
                                                         // repo where there is an id
};

// Paths beyond this are not looked at: servers refuse request lines of more than 8 KiB.
constexpr std::size_t kMaxPath = 8192;

std::optional<Match> match(std::string_view method, std::string_view path);

}  // namespace hubwarden::catalogue
