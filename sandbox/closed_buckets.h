#pragma once

// What clients have been told to wait for: a bucket is closed from the answer that says so until the time
// that it names. Whoever sends to it meanwhile has not listened, and is counted. Pure; time is an argument.
//
//   buckets.close("installation:1#core", now, reset);
//   if (buckets.was_told("installation:1#core", now, notice)) ++totals.requests_after_primary_limit;

#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace hubwarden::sandbox {

class ClosedBuckets {
 public:
  static constexpr std::size_t kMaxBuckets = 10'000;

  // An answer at `now` tells that the bucket is closed until then. Of several the latest end counts, and the
  // first that told.
  void close(std::string_view bucket, TimePoint now, TimePoint until);
  void open(std::string_view bucket);
  // Whether it is closed, and was told to be at least `notice` ago.
  bool was_told(std::string_view bucket, TimePoint now, Duration notice) const;
  void clear() { buckets_.clear(); }

 private:
  struct Closed {
    TimePoint told_at;
    TimePoint until;
  };
  std::map<std::string, Closed, std::less<>> buckets_;
};

}  // namespace hubwarden::sandbox
