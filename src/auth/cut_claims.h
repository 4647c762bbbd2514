#pragma once

// A session's cuts as claims of its token.
//
//   claims["cuts"] = cut_claims(session.cuts);
//   std::optional<std::vector<Cut>> cuts = read_cut_claims(claims);

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <vector>

#include "auth/session.h"

namespace hubwarden::auth {

boost::json::array cut_claims(const std::vector<Cut>& cuts);
// Of a token without any: none. Nothing for what cut_claims() did not write.
std::optional<std::vector<Cut>> read_cut_claims(const boost::json::object& claims);

}  // namespace hubwarden::auth
