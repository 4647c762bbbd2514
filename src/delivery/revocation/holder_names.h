#pragma once

// Under which names a token is noted when it is handed out, and by which one a revocation finds it: of
// whoever a revocation of a session, a grant, a workspace or an agent ends, one of the names is that
// revocation's. Pure.

#include <optional>
#include <string>
#include <vector>

#include "auth/principal.h"
#include "store/revocation.h"

namespace hubwarden::delivery {

std::vector<std::string> holder_names(const auth::Principal& who);
// Nothing for what is revoked whoever has it.
std::optional<std::string> holder_name(const store::Revocation& revocation);

}  // namespace hubwarden::delivery
