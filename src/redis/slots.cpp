#include "redis/slots.h"

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace hubwarden::redis {
namespace {

constexpr std::array<std::uint16_t, 256> crc_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    unsigned crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}
constexpr std::array<std::uint16_t, 256> kCrcTable = crc_table();

unsigned crc16(std::string_view bytes) {
  unsigned crc = 0;
  for (const char byte : bytes) {
    const unsigned place = (crc >> 8) ^ static_cast<unsigned char>(byte);
    crc = ((crc << 8) & 0xFFFF) ^ kCrcTable[place];
  }
  return crc;
}

std::string_view hashed_part(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open == std::string_view::npos) return key;
  const std::size_t close = key.find('}', open + 1);
  if (close == std::string_view::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

constexpr std::size_t kMaxHost = 253;  // RFC 1035, 2.3.4, as text

bool is_host(std::string_view host) {
  return host.size() <= kMaxHost && std::ranges::all_of(host, [](char c) {
           return is_alnum(c) || c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
         });
}

std::unexpected<Error> odd() {
  return fail(ErrorCode::kUpstreamProtocol, "what Redis says of its cluster's slots is no list of them");
}

}  // namespace

unsigned slot_of(std::string_view key) {
  return crc16(hashed_part(key)) % kSlots;
}

std::optional<net::Endpoint> read_endpoint(std::string_view host, std::int64_t port,
                                           const net::Endpoint& asked) {
  if (!is_host(host) || port < 1 || port > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  if (host.empty() && asked.is_unix()) return std::nullopt;
  return net::Endpoint::tcp(host.empty() ? asked.host() : std::string(host),
                            static_cast<std::uint16_t>(port));
}

Result<SlotMap> SlotMap::read(const Reply& reply, const net::Endpoint& asked) {
  if (reply.is_error()) return fail(ErrorCode::kUnavailable, "Redis says " + error_text(reply));
  if (!reply.is_array()) return odd();
  if (reply.items().empty()) {
    return fail(ErrorCode::kUnavailable, "Redis at " + asked.text() + " belongs to no cluster yet");
  }
  SlotMap map;
  for (const Reply& range : reply.items()) {
    const Result<> added = map.add(range, asked);
    if (!added) return std::unexpected(added.error());
  }
  return map;
}

// [first slot, last slot, [host, port, …] of the owner, replicas…]
Result<> SlotMap::add(const Reply& range, const net::Endpoint& asked) {
  const std::vector<Reply>& parts = range.items();
  if (parts.size() < 3 || !parts[0].is_integer() || !parts[1].is_integer()) return odd();
  const std::int64_t first = parts[0].integer();
  const std::int64_t last = parts[1].integer();
  if (first < 0 || first > last || last >= kSlots) return odd();
  const std::vector<Reply>& owner = parts[2].items();
  if (owner.size() < 2 || !(owner[0].is_text() || owner[0].is_nil()) || !owner[1].is_integer()) return odd();
  const auto node = read_endpoint(owner[0].text(), owner[1].integer(), asked);
  // It does not say how to reach it ("?"), so its slots are nobody's.
  if (!node) return {};
  const std::uint16_t place = index_of(*node);
  if (place == kNobody) return fail(ErrorCode::kUpstreamProtocol, "Redis' cluster has too many nodes");
  std::fill(owners_.begin() + first, owners_.begin() + last + 1, place);
  return {};
}

std::uint16_t SlotMap::index_of(const net::Endpoint& node) {
  const auto place = std::ranges::find(nodes_, node);
  if (place != nodes_.end()) return static_cast<std::uint16_t>(place - nodes_.begin());
  if (nodes_.size() == kMaxNodes) return kNobody;
  nodes_.push_back(node);
  return static_cast<std::uint16_t>(nodes_.size() - 1);
}

const net::Endpoint* SlotMap::owner_of(unsigned slot) const {
  const std::uint16_t place = owners_[slot];
  return place == kNobody ? nullptr : &nodes_[place];
}

bool SlotMap::has(const net::Endpoint& node) const {
  return std::ranges::find(nodes_, node) != nodes_.end();
}

// Found at once, but for nodes with very few slots.
std::vector<std::string> SlotMap::key_of_each() const {
  std::vector<bool> is_missing(nodes_.size());
  for (const std::uint16_t place : owners_) {
    if (place != kNobody) is_missing[place] = true;
  }
  auto missing = std::ranges::count(is_missing, true);
  std::vector<std::string> keys;
  for (unsigned number = 0; missing > 0 && number < kNumbersInAllSlots; ++number) {
    std::string key = std::to_string(number);
    const std::uint16_t place = owners_[slot_of(key)];
    if (place == kNobody || !is_missing[place]) continue;
    is_missing[place] = false;
    keys.push_back(std::move(key));
    --missing;
  }
  return keys;
}

void SlotMap::move(unsigned slot, const net::Endpoint& node) {
  const std::uint16_t place = index_of(node);
  if (place != kNobody) owners_[slot] = place;
}

}  // namespace hubwarden::redis
