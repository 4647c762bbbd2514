// The head of an answer, from whoever stands where GitHub should: what is taken of it is relayed to callers.

#include "http/answer_head.h"

#include <algorithm>

#include "base/check.h"
#include "fuzz/target.h"

namespace hubwarden::fuzz {
namespace {

constexpr std::size_t kLimit = 4096;

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace

void target(std::string_view bytes) {
  http::AnswerHead head(kLimit);
  while (!head.complete() && !bytes.empty()) {
    const std::size_t line = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    if (!head.add(bytes.substr(0, line))) return;
    bytes.remove_prefix(line);
  }
  if (!head.complete()) return;
  HW_CHECK(head.status() >= 200 && head.status() <= 599);
  std::size_t size = 0;
  for (const auto& [name, value] : head.fields()) {
    HW_CHECK(!name.empty() && name.find(':') == std::string_view::npos);
    HW_CHECK(is_one_line(name) && is_one_line(value));
    size += name.size() + value.size();
  }
  HW_CHECK(size <= kLimit);
}

}  // namespace hubwarden::fuzz
