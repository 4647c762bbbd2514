#include "auth/bearer.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "auth/admin_credential.h"
#include "base/text.h"

namespace hubwarden::auth {
namespace {

TEST(ParseBearer, GivesTheTokenAsItStands) {
  EXPECT_EQ(parse_bearer("Bearer abc").value(), "abc");
  EXPECT_EQ(parse_bearer("bearer abc").value(), "abc");
  EXPECT_EQ(parse_bearer("BEARER   A-Z._~+/09==").value(), "A-Z._~+/09==");
  const std::string longest = "Bearer " + std::string(kMaxBearer, 'x');
  EXPECT_EQ(parse_bearer(longest)->size(), kMaxBearer);
}

TEST(ParseBearer, RefusesEverythingElseWithOneMessage) {
  const std::string fields[] = {"",          "Bearer", "Bearer ",     "Bearer  ",  "Bearerabc",  "Bear abc",
                                "Basic abc", "abc",    " Bearer abc", "token abc", "Bearer\tabc"};
  for (const std::string& field : fields) {
    const auto bearer = parse_bearer(field);
    ASSERT_FALSE(bearer) << field;
    EXPECT_EQ(bearer.error().code(), ErrorCode::kUnauthenticated) << field;
    EXPECT_EQ(bearer.error().message(), unauthenticated().message()) << field;
  }
  EXPECT_FALSE(parse_bearer("Bearer " + std::string(kMaxBearer + 1, 'x')));
}

class Fields final : public http::FieldViews {
 public:
  explicit Fields(std::vector<std::pair<std::string, std::string>> fields) : fields_(std::move(fields)) {}
  std::optional<std::string_view> find(std::string_view name) const override {
    for (const auto& [field, value] : fields_) {
      if (equal_ignoring_case(field, name)) return value;
    }
    return std::nullopt;
  }
  std::size_t count(std::string_view name) const override {
    std::size_t found = 0;
    for (const auto& [field, value] : fields_) found += equal_ignoring_case(field, name) ? 1 : 0;
    return found;
  }
  void each(const std::function<void(std::string_view, std::string_view)>& visit) const override {
    for (const auto& [field, value] : fields_) visit(field, value);
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

TEST(BearerOf, TakesTheOnlyAuthorizationField) {
  EXPECT_EQ(bearer_of(Fields({{"Host", "x"}, {"authorization", "Bearer abc"}})).value(), "abc");
}

TEST(BearerOf, RefusesNoneAndTwo) {
  EXPECT_FALSE(bearer_of(Fields({})));
  EXPECT_FALSE(bearer_of(Fields({{"Cookie", "Bearer abc"}, {"X-Authorization", "Bearer abc"}})));
  EXPECT_FALSE(bearer_of(Fields({{"Authorization", "Bearer abc"}, {"authorization", "Bearer abc"}})));
}

TEST(AdminCredential, MatchesItsTokenAlone) {
  const AdminCredential admin(Secret("correct horse"));
  EXPECT_TRUE(admin.is_configured());
  EXPECT_TRUE(admin.matches("correct horse"));
  for (const char* bearer : {"", "correct hors", "correct horse ", "Correct horse"}) {
    EXPECT_FALSE(admin.matches(bearer)) << bearer;
  }
}

TEST(AdminCredential, MatchesNothingWhenThereIsNone) {
  for (const AdminCredential& admin : {AdminCredential(), AdminCredential(Secret())}) {
    EXPECT_FALSE(admin.is_configured());
    EXPECT_FALSE(admin.matches(""));
    EXPECT_FALSE(admin.matches("anything"));
  }
}

}  // namespace
}  // namespace hubwarden::auth
