#pragma once

// SHA-256 and HMAC-SHA-256. Pure; from any thread.
//
//   Digest digest = crypto::sha256("abc");
//   if (crypto::equal_in_constant_time(digest, stored)) …
//
//   crypto::HmacSha256 hmac(key);              // of a message that comes in pieces
//   hmac.add(piece);
//   Digest digest = hmac.digest();

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include "base/secret.h"

struct evp_mac_ctx_st;  // OpenSSL's EVP_MAC_CTX

namespace hubwarden::crypto {

using Digest = std::array<std::byte, 32>;

Digest sha256(std::string_view bytes);
Digest hmac_sha256(const Secret& key, std::string_view message);

// One thread at a time.
class HmacSha256 {
 public:
  explicit HmacSha256(const Secret& key);

  void add(std::string_view piece);
  // Once, last.
  Digest digest();

 private:
  struct Free {
    void operator()(evp_mac_ctx_st* context) const;
  };
  std::unique_ptr<evp_mac_ctx_st, Free> context_;
};

// Takes the same time wherever the two differ.
bool equal_in_constant_time(const Digest& a, const Digest& b);

}  // namespace hubwarden::crypto
