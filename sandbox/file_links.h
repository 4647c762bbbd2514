#pragma once

// The signed, short-lived addresses on another origin that GitHub's redirects lead to: archives on codeload,
// logs and artifacts in blob storage. Whoever has one needs nothing else. Pure; time is an argument.
//
//   const std::string url = links.sign(origin, FileLink::archive(widgets, sha, "tar.gz", path), now, random);
//   const FileLink* link = links.find(path, ticket, now);   // nullptr: forged, expired, for something else

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"

namespace hubwarden::sandbox {

struct FileLink {
  enum class Kind { kArchive, kText, kZip };
  Kind kind = Kind::kText;
  std::string path;  // "/acme/widgets/legacy.tar.gz/refs/heads/main"
  // Of an archive.
  RepositoryId repository{0};
  std::string sha;
  std::string format;  // git's: "tar.gz", "zip"
  std::string prefix;
};

class FileLinks {
 public:
  static constexpr std::size_t kMaxLinks = 1000;  // the oldest go first
  static constexpr Duration kLifetime = std::chrono::minutes(1);

  // The whole address.
  std::string sign(std::string_view origin, FileLink link, TimePoint now, Random& random);
  const FileLink* find(std::string_view path, std::string_view ticket, TimePoint now) const;

 private:
  struct Signed {
    std::string ticket;
    TimePoint until;
    FileLink link;
  };
  std::deque<Signed> links_;
};

}  // namespace hubwarden::sandbox
