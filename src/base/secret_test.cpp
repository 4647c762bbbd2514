#include "base/secret.h"

#include <gmock/gmock.h>

#include <cstring>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#include "base/shared_secret.h"

namespace hubwarden {
namespace {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret> && std::is_nothrow_move_assignable_v<Secret>);
static_assert(!std::is_convertible_v<std::string, Secret> &&
              !std::is_convertible_v<Secret, std::string_view>);

template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };
static_assert(!Printable<Secret>);

TEST(Secret, ShowsItsBytesOnlyWhenAsked) {
  const Secret secret("ghs_abc");
  EXPECT_EQ(secret.reveal(), "ghs_abc");
  EXPECT_EQ(secret.size(), 7U);
  EXPECT_TRUE(Secret().empty());
  EXPECT_EQ(Secret().reveal(), "");
}

TEST(Secret, LeavesNothingInWhatItWasMovedFrom) {
  Secret from("ghs_abc");
  Secret to(std::move(from));
  EXPECT_EQ(to.reveal(), "ghs_abc");
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): what is tested
  Secret other("older");
  other = std::move(to);
  EXPECT_EQ(other.reveal(), "ghs_abc");
  EXPECT_TRUE(to.empty());  // NOLINT(bugprone-use-after-move)
  Secret& same = other;
  other = std::move(same);
  EXPECT_EQ(other.reveal(), "ghs_abc");
}

TEST(Secret, ClonesOnPurposeOnly) {
  const Secret secret("ghs_abc");
  const Secret copy = secret.clone();
  EXPECT_EQ(copy, secret);
  EXPECT_NE(copy.reveal().data(), secret.reveal().data());
}

TEST(Secret, ComparesByValue) {
  EXPECT_EQ(Secret("a"), Secret("a"));
  EXPECT_EQ(Secret(), Secret(""));
  for (const char* other : {"", "b", "ab", "A"}) EXPECT_FALSE(Secret("a") == Secret(other)) << other;
  using std::string_literals::operator""s;
  EXPECT_FALSE(Secret("a\0b"s) == Secret("a\0c"s));
}

TEST(Secret, WipesTheStringThatItAbsorbs) {
  for (const std::size_t size : {std::size_t{5}, std::size_t{500}}) {  // within and beyond the short form
    std::string text(size, 'x');
    const char* const bytes = text.data();
    const Secret secret = Secret::absorb(text);
    EXPECT_EQ(secret.size(), size);
    EXPECT_TRUE(text.empty());
    EXPECT_EQ(std::memchr(bytes, 'x', size), nullptr);  // the buffer is the string's still
  }
}

TEST(Wipe, ClearsSpareCapacityToo) {
  std::string text(100, 'x');
  text.resize(10);
  const char* const bytes = text.data();
  wipe(text);
  ASSERT_EQ(text.data(), bytes);
  EXPECT_EQ(std::memchr(bytes, 'x', 100), nullptr);
}

TEST(EqualInConstantTime, LooksAtEveryByte) {
  std::string a(64, 'x');
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::string b = a;
    b[i] = 'y';
    EXPECT_FALSE(equal_in_constant_time(a, b)) << i;
  }
  EXPECT_TRUE(equal_in_constant_time(a, std::string(64, 'x')));
  EXPECT_FALSE(equal_in_constant_time(a, a.substr(1)));
  EXPECT_TRUE(equal_in_constant_time("", ""));
}

TEST(SharedSecret, IsTheSameWhenItSaysTheSame) {
  const SharedSecret one("ghs_abc");
  EXPECT_EQ(one, SharedSecret(Secret("ghs_abc")));
  EXPECT_NE(one, SharedSecret("ghs_abd"));
  EXPECT_NE(one, SharedSecret());
  EXPECT_EQ(SharedSecret(), SharedSecret());
  EXPECT_FALSE(SharedSecret());
  EXPECT_TRUE(SharedSecret("")) << "one that says nothing";
}

}  // namespace
}  // namespace hubwarden
