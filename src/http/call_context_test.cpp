#include "http/call_context.h"

#include <gtest/gtest.h>

#include "tests/support/fake_request.h"

namespace hubwarden::http {
namespace {

constexpr const char* kTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(TraceOf, IsWhatTheOneFieldSays) {
  testing::FakeRequest request(Method::kGet);
  EXPECT_EQ(trace_of(request), std::nullopt);
  request.add("TraceParent", kTraceparent);
  const auto trace = trace_of(request);
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(trace->trace_id(), "0af7651916cd43dd8448eb211c80319c");
}

TEST(TraceOf, IsNothingWhereTheFieldIsBrokenOrThereAreSeveral) {
  testing::FakeRequest broken(Method::kGet);
  broken.add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331");
  EXPECT_EQ(trace_of(broken), std::nullopt);
  testing::FakeRequest twice(Method::kGet);
  twice.add("traceparent", kTraceparent).add("Traceparent", kTraceparent);
  EXPECT_EQ(trace_of(twice), std::nullopt) << "not even if they are the same";
}

}  // namespace
}  // namespace hubwarden::http
