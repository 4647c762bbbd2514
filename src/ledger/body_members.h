#pragma once

// Reads the members of a body, in whatever spelling; who calls compares with the one that there is.

#include <optional>
#include <string_view>

#include "ledger/body.h"

namespace hubwarden::ledger {

inline constexpr std::uint64_t kVersion = 1;  // of a chain's form
inline constexpr std::string_view kChainStarted = "chain_started";
inline constexpr std::string_view kCheckpoint = "checkpoint";
inline constexpr std::string_view kChainEnded = "chain_ended";
inline constexpr std::string_view kEventsLost = "events_lost";
inline constexpr std::string_view kWentWell = "ok";  // the outcome that is no error

std::optional<Body> read_members(std::string_view text);

}  // namespace hubwarden::ledger
