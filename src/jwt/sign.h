#pragma once

// JWTs of hubwarden's own, signed with Ed25519.
//
//   const Secret token = sign_jwt("hws+jwt", claims, key, key_id);

#include <boost/json/object.hpp>
#include <string_view>

#include "base/secret.h"
#include "crypto/ed25519_key.h"

namespace hubwarden::jwt {

// In compact form. `type` keeps tokens for one purpose from being taken for another's (RFC 8725, 3.11).
Secret sign_jwt(std::string_view type, const boost::json::object& claims, const crypto::Ed25519Key& key,
                std::string_view key_id);

}  // namespace hubwarden::jwt
