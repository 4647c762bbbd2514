// A traceparent, and what is sent on for it.

#include "wire/trace_context.h"

#include "base/check.h"
#include "fuzz/target.h"

namespace hubwarden::fuzz {

void target(std::string_view bytes) {
  const auto trace = wire::TraceContext::parse(bytes);
  if (!trace) return;
  HW_CHECK(bytes.size() >= wire::TraceContext::kTraceparentSize);
  HW_CHECK(trace->trace_id().find_first_not_of("0123456789abcdef") == std::string_view::npos);
  HW_CHECK(trace->trace_id().find_first_not_of('0') != std::string_view::npos);
  SeededRandom random(1);
  const std::string sent = trace->traceparent_for(random);
  HW_CHECK(sent.size() == wire::TraceContext::kTraceparentSize && sent.starts_with("00-"));
  HW_CHECK(wire::TraceContext::parse(sent) == trace);
}

}  // namespace hubwarden::fuzz
