#pragma once

// A line of the ledger. It is either a record of a chain:
//
//   {"replica":"…","sequence":7,"previous":"…","event":{…},"hash":"…"}
//   {"replica":"…","sequence":8,"previous":"…","event":{…},"hash":"…","key":"…","signature":"…"}
//
// or the statement that a chain's beginning was deleted:
//
//   {"pruned":{"at":"…","hash":"…","replica":"…","sequence":8},"hash":"…","key":"…","signature":"…"}
//
// `hash` is the SHA-256 of the line's text before `,"hash"` (of the last one), `previous` that of the record
// before; of the first record it is 64 zeros. A signature is of "hubwarden ledger v1 " and the hash's text.
// There is one spelling.
//
//   const std::string text = seal(record, nullptr);    // without a newline
//   const std::optional<Line> line = read_line(text);  // nothing: not a line that was written so
//
// Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "crypto/digest.h"
#include "ledger/keys.h"
#include "store/ledger_segment.h"

namespace hubwarden::ledger {

// A start that names ChainStarted::kMaxHeads others has 33 KiB.
inline constexpr std::size_t kMaxLine = 64 * 1024;

struct Record {
  Record(store::ReplicaId of, std::uint64_t at, const crypto::Digest& before, std::string says)
      : replica(of), sequence(at), previous(before), body(std::move(says)) {}

  store::ReplicaId replica;
  std::uint64_t sequence;
  crypto::Digest previous;
  std::string body;       // the text of an object; of whatever form
  crypto::Digest hash{};  // of the line; set by seal() and read_line()
  std::optional<Signature> signature;
};

struct Pruned {
  Pruned(const store::LedgerHead& last_deleted, TimePoint when) : pruned(last_deleted), at(when) {}

  store::LedgerHead pruned;
  TimePoint at;
  crypto::Digest hash{};
  std::optional<Signature> signature;
};

using Line = std::variant<Record, Pruned>;

// Gives it its hash, and a signature if there is a key; the text of the whole line.
std::string seal(Record& record, const SigningKey* key);
std::string seal(Pruned& pruned, const SigningKey& key);

// The hash is right for the text then. Whether the signature is remains to be checked.
std::optional<Line> read_line(std::string_view text);

}  // namespace hubwarden::ledger
