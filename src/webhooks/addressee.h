#pragma once

// To which of the configured Apps a webhook was sent. Pure. Source: docs/webhooks.md, "Several Apps".

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tokens/scope.h"

namespace hubwarden::webhooks {

// What a delivery says of it.
struct Addressee {
  Addressee() = default;

  std::string host;                     // of an Enterprise Server; empty: not told
  std::optional<std::uint64_t> app_id;  // the number that every App has
  std::optional<std::string> client_id;
};

// Those that it may be: one if that can be told, more if not, none if it is certainly none of them.
std::vector<tokens::AppRef> candidates(const std::vector<tokens::AppRef>& apps, const Addressee& addressee);

}  // namespace hubwarden::webhooks
