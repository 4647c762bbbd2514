#pragma once

// Numbers that many threads add to and one now and then sums.
//
// Each thread has a block of its own, so adding is a plain load and store without a locked instruction.
// Threads beyond kOwnBlocks share one block and pay for an atomic addition.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hubwarden::obs {

namespace detail {
inline constexpr std::size_t kNoSlot = SIZE_MAX;
inline thread_local constinit std::size_t this_threads_slot = kNoSlot;
// Gives the calling thread a slot until it ends.
std::size_t claim_slot();
}  // namespace detail

class Cells {
 public:
  // More threads than a machine gives us loops and workers.
  static constexpr std::size_t kOwnBlocks = 64;
  // All series of a process together: 32 KiB for each thread that counts.
  static constexpr std::size_t kMaxCells = 4096;

  Cells() = default;
  ~Cells();
  Cells(const Cells&) = delete;
  Cells& operator=(const Cells&) = delete;

  // Sets aside `count` neighbouring cells and gives the first. Not thread-safe.
  std::size_t reserve(std::size_t count);

  void add(std::size_t cell, std::uint64_t count) {
    const std::size_t slot = this_slot();
    std::atomic<std::uint64_t>& value = block(slot)[cell];
    if (slot == kOwnBlocks) {
      value.fetch_add(count, std::memory_order_relaxed);
    } else {
      value.store(value.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    }
  }
  // A cell that holds a double; never mixed with add() on the same cell.
  void add_real(std::size_t cell, double by);

  std::uint64_t sum(std::size_t cell) const;
  double sum_real(std::size_t cell) const;

 private:
  using Block = std::array<std::atomic<std::uint64_t>, kMaxCells>;

  static std::size_t this_slot() {
    if (detail::this_threads_slot == detail::kNoSlot) [[unlikely]]
      return detail::claim_slot();
    return detail::this_threads_slot;
  }
  Block& block(std::size_t slot) {
    Block* const found = blocks_[slot].load(std::memory_order_acquire);
    if (found == nullptr) [[unlikely]]
      return make_block(slot);
    return *found;
  }
  Block& make_block(std::size_t slot);

  // The last one is the shared one.
  std::array<std::atomic<Block*>, kOwnBlocks + 1> blocks_{};
  std::size_t reserved_ = 0;
};

}  // namespace hubwarden::obs
