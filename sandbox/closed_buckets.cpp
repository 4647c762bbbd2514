#include "sandbox/closed_buckets.h"

#include <algorithm>
#include <chrono>

namespace hubwarden::sandbox {

void ClosedBuckets::close(std::string_view bucket, TimePoint now, TimePoint until) {
  const auto found = buckets_.find(bucket);
  if (found != buckets_.end() && now < found->second.until) {
    found->second.until = std::max(found->second.until, until);
    return;
  }
  if (buckets_.size() >= kMaxBuckets) {
    std::erase_if(buckets_, [now](const auto& entry) { return entry.second.until <= now; });
  }
  buckets_.insert_or_assign(std::string(bucket), Closed{now, until});
}

void ClosedBuckets::open(std::string_view bucket) {
  if (const auto found = buckets_.find(bucket); found != buckets_.end()) buckets_.erase(found);
}

bool ClosedBuckets::was_told(std::string_view bucket, TimePoint now, Duration notice) const {
  const auto found = buckets_.find(bucket);
  return found != buckets_.end() && now < found->second.until &&
         now >= found->second.told_at + std::chrono::duration_cast<TimePoint::duration>(notice);
}

}  // namespace hubwarden::sandbox
