#include "fleet/shared_places.h"

#include <gtest/gtest.h>

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;
using tokens::PlaceAnswer;
using tokens::SharedFailure;
using tokens::SharedPlace;

constexpr TimePoint kFoundAt{1'800'000'000s};
constexpr SteadyPoint kNotBefore{100s};

TEST(PlaceValue, IsTheSamePlaceOnceItIsRead) {
  for (const std::optional<RepositoryId> renamed :
       {std::optional(RepositoryId(42)), std::optional<RepositoryId>()}) {
    const SharedPlace place(tokens::AppRef("github.com", "12"), tokens::Found(InstallationId(7), renamed),
                            kFoundAt);
    const auto read = read_place_value(place_value(place), kNotBefore);
    ASSERT_TRUE(read && std::holds_alternative<SharedPlace>(*read));
    const SharedPlace& same = std::get<SharedPlace>(*read);
    EXPECT_EQ(same.app, place.app);
    EXPECT_EQ(same.found.installation, InstallationId(7));
    EXPECT_EQ(same.found.renamed, renamed);
    EXPECT_EQ(same.found_at, kFoundAt);
  }
}

TEST(PlaceValue, IsTheSameFailureOnceItIsRead) {
  const tokens::Failure failure(Error(ErrorCode::kAppNotInstalled, "nowhere"), 1, SteadyPoint());
  const auto read = read_place_value(place_value(SharedFailure(failure, kFoundAt)), kNotBefore);
  ASSERT_TRUE(read && std::holds_alternative<SharedFailure>(*read));
  EXPECT_EQ(std::get<SharedFailure>(*read).failure.code(), ErrorCode::kAppNotInstalled);
  EXPECT_EQ(std::get<SharedFailure>(*read).failure.not_before(), kNotBefore);
}

TEST(PlaceValue, IsNothingUnlessItIsWhole) {
  constexpr std::string_view kWhole = R"({"host":"h","app":"12","installation":7,"found_at":1})";
  EXPECT_TRUE(read_place_value(kWhole, kNotBefore));
  for (std::size_t length = 0; length < kWhole.size(); ++length) {
    EXPECT_FALSE(read_place_value(kWhole.substr(0, length), kNotBefore)) << length;
  }
  for (const std::string_view broken : {
           R"({"app":"12","installation":7,"found_at":1})",
           R"({"host":"h","installation":7,"found_at":1})",
           R"({"host":"h","app":"12","installation":-7,"found_at":1})",
           R"({"host":"h","app":"12","installation":7})",
       }) {
    EXPECT_FALSE(read_place_value(broken, kNotBefore)) << broken;
  }
}

}  // namespace
}  // namespace hubwarden::fleet
