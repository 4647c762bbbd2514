#pragma once

// The installations that a rate guard remembers, each with its gate: bounded, those unused for longest go
// first, closed ones last of all, and never one with requests under way.
//
//   RateTable table(options, 625);
//   RateTable::Entry* entry = table.use(installation, now);   // nullptr: all of them are busy
//
// Not thread-safe. Entries keep their address.

#include <cstddef>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "github/moment.h"
#include "github/rate_gate.h"
#include "github/rate_metrics.h"

namespace hubwarden::github {

void end_all(const std::vector<std::shared_ptr<Closing>>& closings);

class RateTable {
 public:
  struct Entry {
    Entry(InstallationId installation_, const RateOptions& options)
        : installation(installation_), gate(options) {}
    InstallationId installation;
    RateGate gate;
    std::vector<std::shared_ptr<Closing>> closings;  // by door; shared with their timers
  };

  RateTable(const RateOptions& options, std::size_t max_entries)
      : options_(options), max_entries_(max_entries) {}

  Entry* use(InstallationId installation, Moment now);
  // That of a request under way.
  Entry& of(InstallationId installation);
  std::list<Entry>& entries() { return entries_; }

 private:
  bool make_room(Moment now);

  const RateOptions& options_;
  std::size_t max_entries_;
  std::list<Entry> entries_;  // the last used first
  std::unordered_map<InstallationId, std::list<Entry>::iterator> places_;
};

}  // namespace hubwarden::github
