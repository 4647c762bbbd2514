#include "ledger/keys.h"

#include <span>
#include <utility>

#include "base/text.h"
#include "crypto/hkdf.h"
#include "ledger/hash_text.h"

namespace hubwarden::ledger {
namespace {

using crypto::Ed25519Key;

constexpr std::string_view kPurpose = "hubwarden ledger key v1";
// Before what is signed: a signature of something else is none of a ledger.
constexpr std::string_view kSigned = "hubwarden ledger v1 ";

std::string id_of(std::string_view public_bytes) {
  const crypto::Digest digest = crypto::sha256(public_bytes);
  return hex(std::span(digest).first(Signature::kKeyIdBytes));
}

std::string message_of(const crypto::Digest& hash) {
  return std::string(kSigned) + hex(hash);
}

}  // namespace

SigningKey::SigningKey(const Secret& material)
    : key_(Ed25519Key::from_seed(crypto::hkdf_sha256(material, "", kPurpose, Ed25519Key::kSeed))),
      id_(id_of(key_.public_bytes())) {
}

Signature SigningKey::sign(const crypto::Digest& hash) const {
  return Signature(id_, key_.sign(message_of(hash)));
}

std::string SigningKey::public_text() const {
  return hex(as_bytes(key_.public_bytes()));
}

Result<VerifyingKeys> VerifyingKeys::parse(const std::vector<std::string>& public_texts) {
  VerifyingKeys keys;
  for (const std::string& text : public_texts) {
    // As long as a hash, and written like one.
    const std::optional<crypto::Digest> bytes = parse_hash(text);
    if (!bytes) {
      return fail(ErrorCode::kInvalidRequest,
                  "not a public key (64 hexadecimal digits): \"" + printable(text, 80) + "\"");
    }
    const std::string raw(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    Result<crypto::PublicKey> key = crypto::PublicKey::ed25519(raw);
    if (!key) return std::unexpected(key.error());
    keys.keys_.emplace(id_of(raw), *std::move(key));
  }
  if (keys.keys_.empty()) return fail(ErrorCode::kInvalidRequest, "no public key to verify with");
  return keys;
}

bool VerifyingKeys::verifies(const Signature& signature, const crypto::Digest& hash) const {
  const auto key = keys_.find(signature.key_id);
  if (key == keys_.end()) return false;
  return key->second.verifies(crypto::SignatureAlgorithm::kEdDsa, message_of(hash), signature.bytes);
}

}  // namespace hubwarden::ledger
