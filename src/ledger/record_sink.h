#pragma once

// The ledger in the records' own store, where all replicas of a fleet have theirs.
//
//   RecordSink sink(*store);        // which outlives it

#include "ledger/sink.h"
#include "store/ledger_records.h"

namespace hubwarden::ledger {

class RecordSink final : public Sink {
 public:
  explicit RecordSink(store::LedgerRecords& records) : records_(records) {}

  net::Task<Result<std::vector<store::LedgerHead>>> heads(std::size_t limit) override {
    return records_.ledger_heads(limit);
  }
  net::Task<Result<>> append(const store::LedgerSegment& segment) override {
    return records_.append(segment);
  }

 private:
  store::LedgerRecords& records_;
};

}  // namespace hubwarden::ledger
