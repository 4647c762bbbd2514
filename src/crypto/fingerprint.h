#pragma once

// The only form of a secret that logs, ledger and metrics show: enough to tell two secrets apart and to find
// one again, useless to whoever wants to use it.
//
//   crypto::fingerprint(token).text();  // "ghs_…3f9a1c0de4b2"

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace hubwarden::crypto {

class Fingerprint {
 public:
  const std::string& text() const { return text_; }
  // Of what text() gave once; nothing for anything else, a secret above all.
  static std::optional<Fingerprint> parse(std::string_view text);

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
  friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;

 private:
  friend Fingerprint fingerprint(const Secret& secret);
  explicit Fingerprint(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// A published prefix that tells the kind (`ghs_`, `github_pat_`, `hws_`, …), then `…`, then 12 hex digits of
// the SHA-256 of the whole secret. A secret with another beginning shows none of it; an empty one is "none".
Fingerprint fingerprint(const Secret& secret);

}  // namespace hubwarden::crypto
