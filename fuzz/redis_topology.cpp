// What sentinels and a cluster's nodes say about where Redis is: an endpoint that can be one, or an error.

#include <algorithm>

#include "base/check.h"
#include "fuzz/target.h"
#include "redis/codec.h"
#include "redis/route.h"
#include "redis/sentinel_replies.h"
#include "redis/slots.h"

namespace hubwarden::fuzz {
namespace {

using net::Endpoint;

const Endpoint& asked() {
  static const Endpoint endpoint = Endpoint::tcp("asked", 1);
  return endpoint;
}

void check(const Endpoint& endpoint) {
  HW_CHECK(!endpoint.is_unix() && !endpoint.host().empty());
  HW_CHECK(std::ranges::all_of(endpoint.host(), [](char c) { return c > ' ' && c < 0x7F && c != '/'; }));
}

void check_map(const redis::Reply& reply) {
  const Result<redis::SlotMap> map = redis::SlotMap::read(reply, asked());
  if (!map) return;
  HW_CHECK(map->nodes().size() <= redis::SlotMap::kMaxNodes);
  for (const Endpoint& node : map->nodes()) check(node);
  for (unsigned slot = 0; slot < redis::kSlots; ++slot) {
    const Endpoint* const owner = map->owner_of(slot);
    HW_CHECK(owner == nullptr || map->has(*owner));
  }
}

// Whatever a node answers, the way ends.
void check_route(const redis::Reply& reply) {
  redis::Route route(asked());
  int turns = 0;
  while (route.goes_on(reply)) {
    check(route.where());
    if (route.moved()) HW_CHECK(route.moved()->slot < redis::kSlots);
    HW_CHECK(++turns <= redis::Route::kMaxTurns);
  }
}

}  // namespace

void target(std::string_view bytes) {
  HW_CHECK(redis::slot_of(bytes) < redis::kSlots);
  redis::ReplyReader reader;
  reader.feed(bytes);
  for (;;) {
    const Result<std::optional<redis::Reply>> reply = reader.next();
    if (!reply || !*reply) break;
    check_map(**reply);
    check_route(**reply);
    const Result<Endpoint> master = redis::read_master(**reply, "main", asked());
    if (master) check(*master);
    (void)redis::check_role(**reply, asked());
  }
}

}  // namespace hubwarden::fuzz
