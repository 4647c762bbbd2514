#pragma once

// A body as JSON that has one spelling, and back.
//
//   const std::string text = canonical(body);
//   const std::optional<Body> same = parse_body(text);
//
// Pure. Members and their meaning: docs/ledger.md.

#include <optional>
#include <string>
#include <string_view>

#include "ledger/body.h"

namespace hubwarden::ledger {

std::string canonical(const Body& body);

// Nothing unless it is exactly what canonical() writes.
std::optional<Body> parse_body(std::string_view text);

}  // namespace hubwarden::ledger
