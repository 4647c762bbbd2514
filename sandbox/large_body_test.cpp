#include "sandbox/large_body.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "tests/support/run_task.h"
#include "tests/support/sandbox_world.h"

namespace hubwarden::sandbox {
namespace {

using namespace testing;

std::string read_in_pieces(http::BodySource& body, std::size_t piece) {
  std::string all;
  std::string buffer(piece, '\0');
  for (;;) {
    const Result<std::size_t> count = test::run(body.read(buffer));
    EXPECT_TRUE(count);
    if (!count || *count == 0) return all;
    all.append(buffer, 0, *count);
  }
}

TEST(LargeBody, IsJsonOfExactlySoManyBytes) {
  for (const std::uint64_t bytes : {14ULL, 15ULL, 40ULL, 1000ULL}) {
    for (const std::size_t piece : {1U, 3U, 13U, 64U, 5000U}) {
      http::Response answer(200);
      put_large_body(answer, bytes);
      auto& body = *std::get<std::unique_ptr<http::BodySource>>(answer.body());
      EXPECT_EQ(body.length(), bytes);
      const std::string text = read_in_pieces(body, piece);
      EXPECT_EQ(text.size(), bytes);
      EXPECT_EQ(boost::json::parse(text).at("padding").as_string().size(), bytes - kMinLargeBody);
    }
  }
}

TEST(LargeBody, ComesInPlaceOfASuccessAlone) {
  SmallWorld small;
  const std::string token = small.token();
  Fault fault;
  fault.kind = FaultKind::kLargeBody;
  fault.bytes = kMaxLargeBody;
  fault.count = 2;
  ASSERT_TRUE(small.github.state().faults.add(fault));
  EXPECT_EQ(message_of(small.get("/repos/acme/none", token)), "Not Found");
  const http::Response large = small.get("/repos/acme/widgets", token);
  EXPECT_EQ(std::get<std::unique_ptr<http::BodySource>>(large.body())->length(), kMaxLargeBody);
  EXPECT_EQ(field(large, "X-RateLimit-Remaining"), "4998");
}

}  // namespace
}  // namespace hubwarden::sandbox
