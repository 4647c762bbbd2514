#pragma once

// Which of the configured secrets vouch for the ledger.

#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "ledger/keys.h"

namespace hubwarden::apps {

// The first one signs, all of them are trusted: made of redis.seal_keys, which a fleet shares, else of the
// first App's key. `not_configured` without either.
Result<std::vector<ledger::SigningKey>> ledger_keys(const config::Config& config);

}  // namespace hubwarden::apps
