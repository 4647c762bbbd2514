#include "redis/route.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "redis/slots.h"

namespace hubwarden::redis {
namespace {

// The cluster as a whole, or this node, cannot answer now.
constexpr std::array<std::string_view, 5> kNotNow = {"CLUSTERDOWN", "LOADING", "MASTERDOWN", "READONLY",
                                                     "TRYAGAIN"};

// "MOVED 3999 127.0.0.1:6381", "ASK …": from the word behind the first one on.
std::optional<Route::Move> move_in(const std::vector<std::string_view>& words, const net::Endpoint& asked) {
  if (words.size() < 3) return std::nullopt;
  const auto slot = parse_number<unsigned>(words[1]);
  const std::size_t colon = words[2].rfind(':');
  if (!slot || *slot >= kSlots || colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_number<std::uint16_t>(words[2].substr(colon + 1));
  if (!port) return std::nullopt;
  auto owner = read_endpoint(words[2].substr(0, colon), *port, asked);
  if (!owner) return std::nullopt;
  return Route::Move(*slot, std::move(*owner));
}

}  // namespace

bool Route::goes_on(const Reply& reply) {
  moved_.reset();
  if (!reply.is_error()) return false;
  const std::vector<std::string_view> words = split(reply.text(), ' ');
  const bool is_moved = words[0] == "MOVED";
  if (!is_moved && words[0] != "ASK") {
    if (std::ranges::find(kNotNow, words[0]) != kNotNow.end()) is_map_old_ = true;
    return false;
  }
  std::optional<Move> move = move_in(words, where_);
  if (is_moved || !move) is_map_old_ = true;
  if (!move) return false;
  where_ = move->owner;
  is_importing_ = !is_moved;
  if (is_moved) moved_ = std::move(move);
  return ++turns_ <= kMaxTurns;
}

}  // namespace hubwarden::redis
