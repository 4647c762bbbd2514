#include "github/rate_table.h"

#include "base/check.h"

namespace hubwarden::github {

void end_all(const std::vector<std::shared_ptr<Closing>>& closings) {
  for (const std::shared_ptr<Closing>& closing : closings) {
    if (closing) closing->end();
  }
}

RateTable::Entry* RateTable::use(InstallationId installation, Moment now) {
  const auto place = places_.find(installation);
  if (place != places_.end()) {
    entries_.splice(entries_.begin(), entries_, place->second);
    return &entries_.front();
  }
  if (entries_.size() >= max_entries_ && !make_room(now)) return nullptr;
  entries_.emplace_front(installation, options_);
  places_.emplace(installation, entries_.begin());
  return &entries_.front();
}

RateTable::Entry& RateTable::of(InstallationId installation) {
  const auto place = places_.find(installation);
  HW_CHECK(place != places_.end());
  return *place->second;
}

bool RateTable::make_room(Moment now) {
  auto victim = entries_.end();
  for (auto entry = entries_.end(); entry != entries_.begin();) {
    --entry;
    if (entry->gate.is_busy()) continue;
    if (victim == entries_.end()) victim = entry;
    if (entry->gate.is_closed(now)) continue;
    victim = entry;
    break;
  }
  if (victim == entries_.end()) return false;
  end_all(victim->closings);
  places_.erase(victim->installation);
  entries_.erase(victim);
  return true;
}

}  // namespace hubwarden::github
