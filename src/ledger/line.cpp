#include "ledger/line.h"

#include "base/text.h"
#include "ledger/canonical.h"
#include "ledger/hash_text.h"
#include "store/hex_id.h"

namespace hubwarden::ledger {
namespace {

constexpr std::string_view kReplica = R"({"replica":")";
constexpr std::string_view kSequence = R"(","sequence":)";
constexpr std::string_view kPrevious = R"(,"previous":")";
constexpr std::string_view kEvent = R"(","event":)";
constexpr std::string_view kHash = R"(,"hash":")";
constexpr std::string_view kKey = R"(","key":")";
constexpr std::string_view kSignature = R"(","signature":")";
constexpr std::string_view kEnd = R"("})";
constexpr std::string_view kPrunedAt = R"({"pruned":{"at":")";
constexpr std::string_view kPrunedHash = R"(","hash":")";
constexpr std::string_view kPrunedReplica = R"(","replica":")";
constexpr std::size_t kName = 16;           // of a replica or a key
constexpr std::size_t kTime = 27;           // canonical.h
constexpr std::size_t kSignatureText = 86;  // 64 bytes in base64url
constexpr std::size_t kAround = 400;        // what a record's line has beside its body, and a signature

// Takes a text apart from its front.
class Front {
 public:
  explicit Front(std::string_view text) : rest_(text) {}

  bool skip(std::string_view literal) {
    if (!rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }
  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  // Without leading zeros.
  std::optional<std::uint64_t> take_number() {
    const std::string_view digits =
        rest_.substr(0, std::min(rest_.find_first_not_of("0123456789"), rest_.size()));
    rest_.remove_prefix(digits.size());
    if (digits.starts_with('0')) return std::nullopt;
    return parse_number<std::uint64_t>(digits);
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// A line's last members, and what stands before them.
struct Sealed {
  std::string_view text;
  crypto::Digest hash;
  std::optional<Signature> signature;
};

std::optional<Signature> read_signature(std::string_view key, std::string_view text) {
  const auto bytes = decode_base64url(text);
  if (!store::parse_hex_id(key) || !bytes) return std::nullopt;
  return Signature(std::string(key), *bytes);
}

std::optional<Sealed> read_seal(std::string_view line) {
  constexpr std::size_t kPlain = kHash.size() + kHashText + kEnd.size();
  constexpr std::size_t kSigned =
      kHash.size() + kHashText + kKey.size() + kName + kSignature.size() + kSignatureText + kEnd.size();
  for (const std::size_t size : {kPlain, kSigned}) {
    if (line.size() < size) continue;
    Sealed sealed{line.substr(0, line.size() - size), {}, std::nullopt};
    Front seal(line.substr(sealed.text.size()));
    if (!seal.skip(kHash)) continue;
    const auto hash = parse_hash(seal.take(kHashText));
    if (!hash || *hash != crypto::sha256(sealed.text)) continue;
    sealed.hash = *hash;
    if (seal.skip(kKey)) {
      const std::string_view key = seal.take(kName);
      if (!seal.skip(kSignature)) continue;
      sealed.signature = read_signature(key, seal.take(kSignatureText));
      if (!sealed.signature) continue;
    }
    if (seal.rest() == kEnd) return sealed;
  }
  return std::nullopt;
}

std::optional<Line> read_pruned(const Sealed& sealed) {
  Front front(sealed.text);
  if (!front.skip(kPrunedAt)) return std::nullopt;
  const auto at = parse_time_text(front.take(kTime));
  if (!front.skip(kPrunedHash)) return std::nullopt;
  const auto hash = parse_hash(front.take(kHashText));
  if (!front.skip(kPrunedReplica)) return std::nullopt;
  const auto replica = store::parse_hex_id(front.take(kName));
  if (!front.skip(kSequence)) return std::nullopt;
  const auto sequence = front.take_number();
  if (!at || !hash || !replica || !sequence || front.rest() != "}") return std::nullopt;
  Pruned pruned(store::LedgerHead(store::ReplicaId(*replica), *sequence, *hash), *at);
  pruned.hash = sealed.hash;
  pruned.signature = sealed.signature;
  return pruned;
}

std::optional<Line> read_record(const Sealed& sealed) {
  Front front(sealed.text);
  if (!front.skip(kReplica)) return std::nullopt;
  const auto replica = store::parse_hex_id(front.take(kName));
  if (!front.skip(kSequence)) return std::nullopt;
  const auto sequence = front.take_number();
  if (!front.skip(kPrevious)) return std::nullopt;
  const auto previous = parse_hash(front.take(kHashText));
  if (!front.skip(kEvent) || !replica || !sequence || !previous) return std::nullopt;
  Record record(store::ReplicaId(*replica), *sequence, *previous, std::string(front.rest()));
  record.hash = sealed.hash;
  record.signature = sealed.signature;
  return record;
}

// `text` so far is what is hashed.
void append_seal(std::string& text, crypto::Digest& hash, std::optional<Signature>& signature,
                 const SigningKey* key) {
  hash = crypto::sha256(text);
  text.append(kHash).append(hex(hash));
  signature.reset();
  if (key != nullptr) {
    signature = key->sign(hash);
    text.append(kKey).append(signature->key_id);
    text.append(kSignature).append(base64url(as_bytes(signature->bytes)));
  }
  text.append(kEnd);
}

}  // namespace

std::string seal(Record& record, const SigningKey* key) {
  std::string text;
  text.reserve(record.body.size() + kAround);
  text.append(kReplica);
  text.append(to_text(record.replica)).append(kSequence).append(std::to_string(record.sequence));
  text.append(kPrevious).append(hex(record.previous)).append(kEvent).append(record.body);
  append_seal(text, record.hash, record.signature, key);
  return text;
}

std::string seal(Pruned& pruned, const SigningKey& key) {
  std::string text(kPrunedAt);
  text.append(time_text(pruned.at)).append(kPrunedHash).append(hex(pruned.pruned.hash));
  text.append(kPrunedReplica).append(to_text(pruned.pruned.replica));
  text.append(kSequence).append(std::to_string(pruned.pruned.sequence)).append("}");
  append_seal(text, pruned.hash, pruned.signature, &key);
  return text;
}

std::optional<Line> read_line(std::string_view text) {
  if (text.size() > kMaxLine) return std::nullopt;
  const std::optional<Sealed> sealed = read_seal(text);
  if (!sealed) return std::nullopt;
  return sealed->text.starts_with(kPrunedAt) ? read_pruned(*sealed) : read_record(*sealed);
}

}  // namespace hubwarden::ledger
