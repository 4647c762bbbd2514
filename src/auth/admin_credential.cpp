#include "auth/admin_credential.h"

namespace hubwarden::auth {

AdminCredential::AdminCredential(const Secret& token) {
  if (!token.empty()) digest_ = crypto::sha256(token.reveal());
}

bool AdminCredential::matches(std::string_view bearer) const {
  return digest_ && crypto::equal_in_constant_time(crypto::sha256(bearer), *digest_);
}

}  // namespace hubwarden::auth
