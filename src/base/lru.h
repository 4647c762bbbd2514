#pragma once

// Bounded maps that forget what has not been read lately.
//
//   ShardedLru<std::string, std::shared_ptr<const Token>, TextHash> tokens(100'000);
//   tokens.put(key, token);
//   if (auto found = tokens.get(key_view)) use(**found);
//   tokens.erase_if(key_view, [&](const auto& held) { return held->value == refused; });
//
// The order is that of a clock with a second chance, not an exact list: a read sets a mark, and the hand that
// looks for a victim clears marks until it meets an entry that was not read since it last came by. Setting a
// mark changes no order, so readers can share a lock. An entry that nobody reads after it was put is the
// first to go.
//
// Values are copied out: use something cheap to copy, such as a shared_ptr to an immutable object.
// Look-up takes whatever Hash and Equal take (they are transparent by default where std::equal_to<> is).

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/guarded.h"

namespace hubwarden {

// Single-threaded, but for `get` and `for_each`, which may run beside each other.
template <class Key, class Value, class Hash = std::hash<Key>, class Equal = std::equal_to<>>
class Lru {
 public:
  explicit Lru(std::size_t max_entries) : max_entries_(max_entries) { HW_CHECK(max_entries > 0); }

  std::size_t size() const { return clock_.size(); }
  std::size_t max_entries() const { return max_entries_; }

  template <class K>
  std::optional<Value> get(const K& key) const {
    return get(key, Hash{}(key));
  }
  // Returns the value that had to go, replaced or evicted, so that a caller can destroy it outside a lock.
  std::optional<Value> put(Key key, Value value) {
    const std::size_t hash = Hash{}(key);
    return put(std::move(key), std::move(value), hash);
  }
  // Returns the value that was there.
  template <class K>
  std::optional<Value> erase(const K& key) {
    return erase_if(key, [](const Value&) { return true; });
  }
  template <class K, class Predicate>
  std::optional<Value> erase_if(const K& key, Predicate&& predicate) {
    return erase_if(key, std::forward<Predicate>(predicate), Hash{}(key));
  }

  // The same, for a caller that has the hash already.
  template <class K>
  std::optional<Value> get(const K& key, std::size_t hash) const;
  std::optional<Value> put(Key key, Value value, std::size_t hash);
  template <class K, class Predicate>
  std::optional<Value> erase_if(const K& key, Predicate&& predicate, std::size_t hash);

  // Calls visit(key, value) for each entry, in no promised order, without marking it as read.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Node* node : clock_) visit(node->first.key, node->second.value);
  }

 private:
  // The hash is kept: the standard map would hash keys again to find the end of a bucket.
  struct Stored {
    Key key;
    std::size_t hash;
  };
  template <class K>
  struct Probe {
    const K& key;
    std::size_t hash;
  };
  struct KeptHash {
    using is_transparent = void;
    std::size_t operator()(const auto& stored) const noexcept { return stored.hash; }
  };
  struct SameKey {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const { return a.hash == b.hash && Equal{}(a.key, b.key); }
  };
  struct Entry {
    explicit Entry(Value held) : value(std::move(held)) {}
    Value value;
    std::size_t place = 0;  // in clock_
    mutable std::atomic<bool> read{false};
  };
  using Map = std::unordered_map<Stored, Entry, KeptHash, SameKey>;
  using Node = typename Map::value_type;  // its address is stable

  std::size_t next_victim();
  Value forget(typename Map::iterator found);

  std::size_t max_entries_;
  Map map_;
  std::vector<Node*> clock_;
  std::size_t hand_ = 0;
};

// Thread-safe: shards, each behind its own lock, which readers share. A value goes out of existence outside
// the lock.
//
// Each shard holds its part of `max_entries`, so the whole never holds more; a shard that chance fills first
// evicts a little before that (a few per cent). A cache of fewer than 2 × kMinPerShard entries is one shard
// and exact.
template <class Key, class Value, class Hash = std::hash<Key>, class Equal = std::equal_to<>>
class ShardedLru {
 public:
  // More than any machine's cores are needed at once; few enough that a shard is a fair sample of the keys.
  static constexpr std::size_t kMaxShards = 64;
  // Below this, chance would fill one shard long before the others.
  static constexpr std::size_t kMinPerShard = 256;

  explicit ShardedLru(std::size_t max_entries) : shards_(shard_count(max_entries)) {
    for (auto& shard : shards_) shard = std::make_unique<Shard>(max_entries / shards_.size());
  }

  template <class K>
  std::optional<Value> get(const K& key) const {
    const std::size_t hash = Hash{}(key);
    return shard(hash).read()->get(key, hash);
  }

  void put(Key key, Value value) {
    const std::size_t hash = Hash{}(key);
    [[maybe_unused]] const auto gone = shard(hash).write()->put(std::move(key), std::move(value), hash);
  }

  // True if there was one.
  template <class K>
  bool erase(const K& key) {
    return erase_if(key, [](const Value&) { return true; });
  }

  // Forgets the entry if predicate(value) holds; looked at and erased in one step. The predicate must be
  // short.
  template <class K, class Predicate>
  bool erase_if(const K& key, Predicate&& predicate) {
    const std::size_t hash = Hash{}(key);
    const auto gone = shard(hash).write()->erase_if(key, std::forward<Predicate>(predicate), hash);
    return gone.has_value();
  }

  // Exact only while nobody writes.
  std::size_t size() const {
    std::size_t sum = 0;
    for (const auto& shard : shards_) sum += shard->read()->size();
    return sum;
  }

  // Calls visit(key, value) on copies, one shard's at a time, with no lock held: visit may call this cache.
  template <class Visit>
  void for_each(Visit&& visit) const {
    std::vector<std::pair<Key, Value>> copies;
    for (const auto& shard : shards_) {
      copies.clear();
      shard->read()->for_each([&](const Key& key, const Value& value) { copies.emplace_back(key, value); });
      for (const auto& [key, value] : copies) visit(key, value);
    }
  }

 private:
  using Shard = SharedGuarded<Lru<Key, Value, Hash, Equal>>;

  static std::size_t shard_count(std::size_t max_entries) {
    HW_CHECK(max_entries > 0);
    const std::size_t fair = max_entries / kMinPerShard;
    return std::bit_floor(std::clamp<std::size_t>(fair, 1, kMaxShards));
  }

  // The upper bits after Fibonacci hashing: std::hash of a number is the number, and the map uses the lower
  // bits.
  Shard& shard(std::size_t hash) const {
    const std::uint64_t mixed = std::uint64_t{hash} * 0x9e3779b97f4a7c15U;
    return *shards_[(mixed >> 32) & (shards_.size() - 1)];
  }

  std::vector<std::unique_ptr<Shard>> shards_;
};

template <class Key, class Value, class Hash, class Equal>
template <class K>
std::optional<Value> Lru<Key, Value, Hash, Equal>::get(const K& key, std::size_t hash) const {
  const auto found = map_.find(Probe<K>{key, hash});
  if (found == map_.end()) return std::nullopt;
  // Written only when it changes: readers on other cores keep the line.
  std::atomic<bool>& read = found->second.read;
  if (!read.load(std::memory_order_relaxed)) read.store(true, std::memory_order_relaxed);
  return found->second.value;
}

template <class Key, class Value, class Hash, class Equal>
std::optional<Value> Lru<Key, Value, Hash, Equal>::put(Key key, Value value, std::size_t hash) {
  if (const auto found = map_.find(Probe<Key>{key, hash}); found != map_.end()) {
    return std::exchange(found->second.value, std::move(value));
  }
  const auto [added, is_new] = map_.try_emplace(Stored{std::move(key), hash}, std::move(value));
  if (clock_.size() < max_entries_) {
    added->second.place = clock_.size();
    clock_.push_back(&*added);
    return std::nullopt;
  }
  // The new entry takes the victim's place, behind the hand: it has a whole round to be read in.
  const std::size_t place = next_victim();
  Node* const victim = std::exchange(clock_[place], &*added);
  added->second.place = place;
  return forget(map_.find(victim->first));
}

template <class Key, class Value, class Hash, class Equal>
template <class K, class Predicate>
std::optional<Value> Lru<Key, Value, Hash, Equal>::erase_if(const K& key, Predicate&& predicate,
                                                            std::size_t hash) {
  const auto found = map_.find(Probe<K>{key, hash});
  if (found == map_.end() || !predicate(std::as_const(found->second.value))) return std::nullopt;
  // The last entry moves into the gap; a cache that is full again soon hardly notices the change of order.
  const std::size_t place = found->second.place;
  clock_[place] = clock_.back();
  clock_[place]->second.place = place;
  clock_.pop_back();
  return forget(found);
}

template <class Key, class Value, class Hash, class Equal>
std::size_t Lru<Key, Value, Hash, Equal>::next_victim() {
  // Ends after one round at the latest: it clears every mark that it passes.
  for (;; ++hand_) {
    if (hand_ >= clock_.size()) hand_ = 0;
    if (!clock_[hand_]->second.read.exchange(false, std::memory_order_relaxed)) return hand_++;
  }
}

template <class Key, class Value, class Hash, class Equal>
Value Lru<Key, Value, Hash, Equal>::forget(typename Map::iterator found) {
  Value value = std::move(found->second.value);
  map_.erase(found);
  return value;
}

}  // namespace hubwarden
