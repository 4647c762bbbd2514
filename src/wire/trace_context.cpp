#include "wire/trace_context.h"

#include <fmt/format.h>

#include "base/text.h"

namespace hubwarden::wire {
namespace {

// "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01": where each part begins.
constexpr std::size_t kTraceIdAt = 3;
constexpr std::size_t kParentIdAt = 36;
constexpr std::size_t kParentIdSize = 16;
constexpr std::size_t kFlagsAt = 53;
constexpr std::size_t kPartSize = 2;  // of the version and of the flags

// Sampled, and that the trace id is random. Other bits have no meaning yet and are not passed on.
constexpr unsigned kKnownFlags = 0x03;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

unsigned number(std::string_view hex) {
  unsigned value = 0;
  for (const char c : hex) value = value * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : c - 'a' + 10);
  return value;
}

// Version 00 is exactly so long. A later one may go on behind another dash, and nobody knows with what.
bool has_the_size_of(std::string_view version, std::string_view traceparent) {
  if (traceparent.size() == TraceContext::kTraceparentSize) return true;
  return version != "00" && traceparent[TraceContext::kTraceparentSize] == '-';
}

}  // namespace

std::optional<TraceContext> TraceContext::parse(std::string_view traceparent) {
  if (traceparent.size() < kTraceparentSize) return std::nullopt;
  const std::string_view version = traceparent.substr(0, kPartSize);
  const std::string_view trace_id = traceparent.substr(kTraceIdAt, kTraceIdSize);
  const std::string_view parent_id = traceparent.substr(kParentIdAt, kParentIdSize);
  const std::string_view flags = traceparent.substr(kFlagsAt, kPartSize);
  for (const std::size_t part : {kTraceIdAt, kParentIdAt, kFlagsAt}) {
    if (traceparent[part - 1] != '-') return std::nullopt;
  }
  if (!is_hex(version) || version == "ff" || !has_the_size_of(version, traceparent)) return std::nullopt;
  if (!is_hex(trace_id) || is_zero(trace_id)) return std::nullopt;
  if (!is_hex(parent_id) || is_zero(parent_id) || !is_hex(flags)) return std::nullopt;
  return TraceContext(trace_id, static_cast<std::uint8_t>(number(flags) & kKnownFlags));
}

std::string TraceContext::traceparent_for(Random& random) const {
  const std::uint64_t drawn = random.next();
  const std::uint64_t span_id = drawn == 0 ? 1 : drawn;  // all zeros would be invalid
  return fmt::format("00-{}-{:016x}-{:02x}", trace_id(), span_id, flags_);
}

}  // namespace hubwarden::wire
