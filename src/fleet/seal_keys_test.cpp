#include "fleet/seal_keys.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace hubwarden::fleet {
namespace {

SealKeys keys(std::initializer_list<std::string_view> materials) {
  std::vector<Secret> secrets;
  for (const std::string_view material : materials) secrets.emplace_back(material);
  return SealKeys(secrets);
}

class SealKeysTest : public ::testing::Test {
 protected:
  SeededRandom random{1};
  const SealKeys ours = keys({"a secret"});
};

TEST_F(SealKeysTest, OpenWhatTheySealedUnderItsName) {
  const std::string sealed = ours.seal("name", "value", random);
  const std::optional<Secret> opened = keys({"a secret"}).open("name", sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->reveal(), "value");
  EXPECT_EQ(sealed.find("value"), std::string::npos);
  EXPECT_EQ(sealed.find("name"), std::string::npos);
}

TEST_F(SealKeysTest, OpenNothingThatWasMovedCutOrChanged) {
  const std::string sealed = ours.seal("name", "value", random);
  EXPECT_FALSE(ours.open("other", sealed));
  EXPECT_FALSE(ours.open("name", sealed + "x"));
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(ours.open("name", std::string_view(sealed).substr(0, size))) << size;
  }
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(ours.open("name", changed)) << bit;
  }
}

TEST_F(SealKeysTest, ChangeOneAfterTheOther) {
  const std::string before = keys({"old"}).seal("name", "value", random);
  const SealKeys both = keys({"new", "old"});
  EXPECT_TRUE(both.open("name", before));
  const std::string after = both.seal("name", "value", random);
  EXPECT_FALSE(keys({"old"}).open("name", after));
  EXPECT_TRUE(keys({"new"}).open("name", after));
}

TEST_F(SealKeysTest, SealTheSameValueDifferentlyEachTime) {
  EXPECT_NE(ours.seal("name", "value", random), ours.seal("name", "value", random));
}

}  // namespace
}  // namespace hubwarden::fleet
