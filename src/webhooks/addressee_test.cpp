#include "webhooks/addressee.h"

#include <gtest/gtest.h>

namespace hubwarden::webhooks {
namespace {

using tokens::AppRef;

const AppRef kFirst("github.com", "12");
const AppRef kSecond("github.com", "13");
const AppRef kByClient("github.com", "Iv23liAbc");
const AppRef kEnterprise("ghe.example.com", "12");
const std::vector<AppRef> kAll = {kFirst, kSecond, kByClient, kEnterprise};

std::vector<AppRef> of(std::optional<std::uint64_t> number, std::string host = "",
                       std::optional<std::string> client = std::nullopt) {
  Addressee addressee;
  addressee.host = std::move(host);
  addressee.app_id = number;
  addressee.client_id = std::move(client);
  return candidates(kAll, addressee);
}

TEST(Addressee, IsTheAppOfThatNumber) {
  EXPECT_EQ(of(13), (std::vector{kSecond}));
  EXPECT_EQ(of(12), (std::vector{kFirst, kEnterprise})) << "nobody said at which host";
  EXPECT_EQ(of(12, "GHE.example.com"), (std::vector{kEnterprise}));
  EXPECT_EQ(of(12, "github.com"), (std::vector{kFirst}));
}

TEST(Addressee, IsTheAppOfThatClientId) {
  EXPECT_EQ(of(99, "", "Iv23liAbc"), (std::vector{kByClient}));
  EXPECT_EQ(of(13, "", "Iv23liUnknown"), (std::vector{kSecond}));
}

TEST(Addressee, MayBeAnAppWhoseNumberIsNotKnown) {
  EXPECT_EQ(of(99), (std::vector{kByClient}));
  EXPECT_TRUE(of(99, "ghe.example.com").empty());
}

TEST(Addressee, MayBeAnyOfTheHostWhenNothingIsSaid) {
  EXPECT_EQ(of(std::nullopt), kAll);
  EXPECT_EQ(of(std::nullopt, "ghe.example.com"), (std::vector{kEnterprise}));
  EXPECT_EQ(of(std::nullopt, "unknown.example.com"), kAll);
}

}  // namespace
}  // namespace hubwarden::webhooks
