#pragma once

// The trace that a request belongs to, as its `traceparent` names it. Pure.
// Source: W3C Trace Context (https://www.w3.org/TR/trace-context/), "Traceparent Header".
//
//   const std::optional<TraceContext> trace = TraceContext::parse(value);
//   if (trace) fields.add("traceparent", trace->traceparent_for(random));
//
// A small value that owns its text; a const one may be used from any thread.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace hubwarden::wire {

class TraceContext {
 public:
  static constexpr std::size_t kTraceIdSize = 32;
  static constexpr std::size_t kTraceparentSize = 55;  // of version 00

  // Nothing for what the standard calls invalid: to its reader that is as good as no trace, and no error.
  static std::optional<TraceContext> parse(std::string_view traceparent);

  std::string_view trace_id() const { return {trace_id_.data(), trace_id_.size()}; }  // lower-case hex
  // What a request that is sent within the trace says, with a new id of its own.
  std::string traceparent_for(Random& random) const;

  friend bool operator==(const TraceContext&, const TraceContext&) = default;

 private:
  TraceContext(std::string_view trace_id, std::uint8_t flags) : flags_(flags) {
    std::ranges::copy(trace_id, trace_id_.begin());
  }

  std::array<char, kTraceIdSize> trace_id_{};
  std::uint8_t flags_;
};

}  // namespace hubwarden::wire
