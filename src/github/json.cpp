#include "github/json.h"

#include <malloc.h>
#include <string.h>

#include <boost/json/memory_resource.hpp>
#include <boost/json/parser.hpp>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "base/check.h"

namespace hubwarden::github::json {
namespace {

namespace bj = boost::json;

// Boost.JSON 1.81 frees some blocks under another size than it asked for, so the allocator's own size is
// wiped.
class WipingResource final : public bj::memory_resource {
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
  bool do_is_equal(const bj::memory_resource& other) const noexcept override { return this == &other; }
};

// Stateless, and needed for as long as any value lives.
bj::storage_ptr wiping() {
  static WipingResource resource;
  return bj::storage_ptr(&resource);
}

}  // namespace

Result<bj::value> parse(std::string_view text) {
  bj::parse_options options;
  options.max_depth = kMaxDepth;
  bj::parser parser(wiping(), options);
  parser.reset(wiping());
  boost::system::error_code error;
  parser.write(text.data(), text.size(), error);
  if (error) return fail(ErrorCode::kUpstreamProtocol, "GitHub's answer is not JSON");
  return parser.release();
}

const bj::object* object_in(const bj::value& value) {
  return value.if_object();
}

const bj::object* object_at(const bj::object& object, std::string_view key) {
  const bj::value* value = object.if_contains(key);
  return value ? value->if_object() : nullptr;
}

const bj::array* array_at(const bj::object& object, std::string_view key) {
  const bj::value* value = object.if_contains(key);
  return value ? value->if_array() : nullptr;
}

std::optional<std::string_view> text_in(const bj::value& value) {
  const bj::string* text = value.if_string();
  if (!text) return std::nullopt;
  return std::string_view(text->data(), text->size());
}

std::optional<std::string_view> text_at(const bj::object& object, std::string_view key) {
  const bj::value* value = object.if_contains(key);
  return value ? text_in(*value) : std::nullopt;
}

std::optional<std::uint64_t> id_at(const bj::object& object, std::string_view key) {
  const bj::value* value = object.if_contains(key);
  // The parser keeps what fits as int64; a uint64 is larger than any id.
  const std::int64_t* number = value ? value->if_int64() : nullptr;
  if (!number || *number <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

}  // namespace hubwarden::github::json
