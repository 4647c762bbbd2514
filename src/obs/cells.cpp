#include "obs/cells.h"

#include <bit>
#include <memory>

#include "base/check.h"

namespace hubwarden::obs {
namespace {

// Which of the slots are taken; process-wide, like the threads themselves.
constinit std::atomic<std::uint64_t> taken_slots{0};

// Returns its thread's slot when the thread ends. What still counts after that, in other thread-local
// destructors, goes to the shared block.
class SlotOwner {
 public:
  SlotOwner() {
    std::uint64_t taken = taken_slots.load(std::memory_order_relaxed);
    while (taken != UINT64_MAX) {
      const auto free = static_cast<std::size_t>(std::countr_one(taken));
      const std::uint64_t mine = std::uint64_t{1} << free;
      // Acquire: the plain stores of the slot's last owner happened before ours.
      if (taken_slots.compare_exchange_weak(taken, taken | mine, std::memory_order_acquire)) {
        slot_ = free;
        break;
      }
    }
    detail::this_threads_slot = slot_;
  }
  ~SlotOwner() {
    detail::this_threads_slot = Cells::kOwnBlocks;
    if (slot_ == Cells::kOwnBlocks) return;
    taken_slots.fetch_and(~(std::uint64_t{1} << slot_), std::memory_order_release);
  }
  SlotOwner(const SlotOwner&) = delete;
  SlotOwner& operator=(const SlotOwner&) = delete;

  std::size_t slot() const { return slot_; }

 private:
  std::size_t slot_ = Cells::kOwnBlocks;
};

static_assert(Cells::kOwnBlocks == 64, "one bit for each slot");

}  // namespace

std::size_t detail::claim_slot() {
  static thread_local const SlotOwner owner;
  return owner.slot();
}

Cells::~Cells() {
  for (const std::atomic<Block*>& block : blocks_) delete block.load();
}

std::size_t Cells::reserve(std::size_t count) {
  HW_CHECK(count <= kMaxCells - reserved_);
  const std::size_t first = reserved_;
  reserved_ += count;
  return first;
}

Cells::Block& Cells::make_block(std::size_t slot) {
  auto made = std::make_unique<Block>();
  Block* expected = nullptr;
  // Threads race only for the shared block.
  if (!blocks_[slot].compare_exchange_strong(expected, made.get(), std::memory_order_acq_rel))
    return *expected;
  return *made.release();
}

void Cells::add_real(std::size_t cell, double by) {
  const std::size_t slot = this_slot();
  std::atomic<std::uint64_t>& value = block(slot)[cell];
  std::uint64_t old = value.load(std::memory_order_relaxed);
  if (slot != kOwnBlocks) {
    value.store(std::bit_cast<std::uint64_t>(std::bit_cast<double>(old) + by), std::memory_order_relaxed);
    return;
  }
  while (!value.compare_exchange_weak(old, std::bit_cast<std::uint64_t>(std::bit_cast<double>(old) + by),
                                      std::memory_order_relaxed)) {
  }
}

std::uint64_t Cells::sum(std::size_t cell) const {
  std::uint64_t total = 0;
  for (const std::atomic<Block*>& block : blocks_) {
    const Block* const found = block.load(std::memory_order_acquire);
    if (found != nullptr) total += (*found)[cell].load(std::memory_order_relaxed);
  }
  return total;
}

double Cells::sum_real(std::size_t cell) const {
  double total = 0;
  for (const std::atomic<Block*>& block : blocks_) {
    const Block* const found = block.load(std::memory_order_acquire);
    if (found != nullptr) total += std::bit_cast<double>((*found)[cell].load(std::memory_order_relaxed));
  }
  return total;
}

}  // namespace hubwarden::obs
