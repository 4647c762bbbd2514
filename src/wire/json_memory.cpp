#include "wire/json_memory.h"

#include <malloc.h>
#include <string.h>

#include <boost/json/memory_resource.hpp>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "base/check.h"

namespace hubwarden::wire {
namespace {

// Boost.JSON 1.81 frees some blocks under another size than it asked for, so the allocator's own size is
// wiped.
class WipingResource final : public boost::json::memory_resource {
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    HW_CHECK(alignment <= alignof(std::max_align_t));
    void* const memory = std::malloc(size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
  void do_deallocate(void* memory, std::size_t, std::size_t) override {
    explicit_bzero(memory, malloc_usable_size(memory));
    std::free(memory);
  }
  bool do_is_equal(const boost::json::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

}  // namespace

// One, needed for as long as any value lives.
boost::json::storage_ptr wiping_json_memory() {
  static WipingResource resource;
  return boost::json::storage_ptr(&resource);
}

}  // namespace hubwarden::wire
