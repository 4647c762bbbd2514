#pragma once

// A JWT as it came: nothing of it is believed yet. What it says of its issuer and its key serves to find the
// keys; VerifiedJwt is the only way on.
//
//   Result<RawJwt> raw = RawJwt::parse(bearer);
//   const Issuer* issuer = issuer_named(raw->claimed_issuer());
//   if (!raw->has_key_in(issuer->keys())) …                       // fetch the keys anew
//   Result<VerifiedJwt> jwt = VerifiedJwt::from(*raw, issuer->keys(), expected, now);
//
// Errors are `unauthenticated` and say what is wrong, never what was in it. Source: RFC 7515, 7519, 8725.

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "crypto/public_key.h"
#include "jwt/key_set.h"

namespace hubwarden::jwt {

class RawJwt {
 public:
  // The compact form: header, claims and signature. Refused: what is encrypted, signed with an algorithm that
  // is not taken, brings its key along or says where to fetch it, asks for an extension (`crit`), is no JWT
  // by its `typ`, has a member twice, or is longer than kMaxBytes.
  // `type`: what `typ` must say, without regard to case; a plain JWT may leave it out.
  static Result<RawJwt> parse(const Secret& compact, std::string_view type = kPlain);

  // Empty if it names none.
  std::string claimed_issuer() const;
  bool has_key_in(const KeySet& keys) const { return !keys_of(keys).empty(); }

  static constexpr std::string_view kPlain = "JWT";
  static constexpr std::size_t kMaxBytes = 16 * 1024;  // some carry all groups of their subject
  static constexpr std::size_t kMaxHeader = 4 * 1024;
  static constexpr std::size_t kMaxDepth = 8;

 private:
  friend class VerifiedJwt;

  RawJwt() = default;
  Result<> read_header(std::string_view encoded, std::string_view type);
  std::vector<const VerificationKey*> keys_of(const KeySet& keys) const;
  bool is_signed_by(const VerificationKey& key) const;

  crypto::SignatureAlgorithm algorithm_{};
  std::optional<std::string> key_id_;
  boost::json::object claims_;
  Secret signed_part_;
  std::string signature_;
  crypto::Digest digest_{};
};

}  // namespace hubwarden::jwt
