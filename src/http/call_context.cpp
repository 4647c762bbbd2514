#include "http/call_context.h"

namespace hubwarden::http {
namespace {

constexpr std::string_view kTraceparent = "traceparent";

}  // namespace

std::optional<wire::TraceContext> trace_of(const Request& request) {
  const std::optional<std::string_view> traceparent = request.fields().find(kTraceparent);
  // Of several, nobody can tell which one is right.
  if (!traceparent || request.fields().count(kTraceparent) > 1) return std::nullopt;
  return wire::TraceContext::parse(*traceparent);
}

}  // namespace hubwarden::http
