#pragma once

// What a request that came in hands on to those that go out for it: until when they are waited for, and which
// trace they belong to. What hubwarden does by itself has a deadline alone.
//
//   const CallContext context(deadline, trace_of(request));
//   Result<Served> served = co_await service.token(ask, context);
//
// A plain value; any thread.

#include <optional>

#include "base/clock.h"
#include "http/handler.h"
#include "obs/log.h"
#include "wire/trace_context.h"

namespace hubwarden::http {

struct CallContext {
  // NOLINTNEXTLINE(google-explicit-constructor): a deadline says it all where there is no trace
  CallContext(SteadyPoint deadline_) : deadline(deadline_) {}
  CallContext(SteadyPoint deadline_, std::optional<wire::TraceContext> trace_)
      : deadline(deadline_), trace(trace_) {}

  // The same trace with another deadline.
  CallContext until(SteadyPoint another) const { return {another, trace}; }

  SteadyPoint deadline;
  std::optional<wire::TraceContext> trace;
};

// The trace that its caller says the request belongs to. Looks through the fields: for where something is
// sent or logged, not for every request.
std::optional<wire::TraceContext> trace_of(const Request& request);

// Its field in a log line, for as long as `trace` is there; none without one.
inline obs::Field trace_id(const std::optional<wire::TraceContext>& trace) {
  return obs::trace_id(trace ? trace->trace_id() : std::string_view());
}

}  // namespace hubwarden::http
