#include "fuzz/target.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace hubwarden::fuzz {

std::string_view take_text(std::string_view& bytes) {
  const std::size_t end = std::min(bytes.find('\0'), bytes.size());
  const std::string_view text = bytes.substr(0, end);
  bytes.remove_prefix(std::min(end + 1, bytes.size()));
  return text;
}

}  // namespace hubwarden::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hubwarden::fuzz::target({reinterpret_cast<const char*>(data), size});
  return 0;
}
