#include "store/ledger_segment.h"

#include <map>

#include "base/text.h"
#include "store/hex_id.h"

namespace hubwarden::store {

std::string to_text(ReplicaId id) {
  return to_hex_id(id.value());
}

Result<ReplicaId> parse_replica_id(std::string_view text) {
  if (const std::optional<std::uint64_t> value = parse_hex_id(text)) return ReplicaId(*value);
  return fail(ErrorCode::kInvalidRequest,
              "not a replica's name (16 hexadecimal digits): \"" + printable(text, 40) + "\"");
}

std::vector<LedgerHead> last_of_each(const std::vector<LedgerHead>& records) {
  std::map<ReplicaId, LedgerHead> last;
  for (const LedgerHead& each : records) {
    const auto [known, is_new] = last.emplace(each.replica, each);
    if (!is_new && known->second.sequence < each.sequence) known->second = each;
  }
  std::vector<LedgerHead> out;
  for (const auto& [replica, head] : last) out.push_back(head);
  return out;
}

}  // namespace hubwarden::store
