#include "fleet/news.h"

#include <gtest/gtest.h>

#include <limits>

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;
using github::RateClosed;
using tokens::AppRef;
using tokens::Touched;

constexpr TimePoint kNow{1'800'000'000s + 1ms};
constexpr std::uint64_t kId = std::numeric_limits<std::uint64_t>::max();

policy::Owner owner(std::string_view name) {
  return *policy::Owner::parse(name);
}
policy::Repository repository(std::string_view name) {
  return *policy::Repository::parse(name);
}

std::optional<News> read_again(Change change) {
  return read_news_value(news_value(News(kId, kNow, "ghe.example.com", std::move(change))));
}

TEST(News, OfAnInstallationIsTheSameOnceItIsRead) {
  const auto read = read_again(Touched::installation({AppRef("ghe.example.com", "12")}, InstallationId(7),
                                                     {owner("Acme"), owner("old")}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, kId);
  EXPECT_EQ(read->told_at, kNow);
  EXPECT_EQ(read->host, "ghe.example.com");
  const Touched& touched = std::get<Touched>(read->change);
  EXPECT_EQ(touched.what(), Touched::What::kInstallation);
  EXPECT_EQ(touched.told_at(), kNow);
  EXPECT_EQ(touched.apps(), (std::vector{AppRef("ghe.example.com", "12")}));
  EXPECT_EQ(touched.installation(), InstallationId(7));
  ASSERT_EQ(touched.owners().size(), 2u);
  EXPECT_EQ(touched.owners()[0].key(), "acme");
}

TEST(News, OfGrantsAndOfARepositoryAreTheSame) {
  const auto grants = read_again(Touched::grants({AppRef("ghe.example.com", "Iv1.x")}, InstallationId(8)));
  ASSERT_TRUE(grants);
  EXPECT_EQ(std::get<Touched>(grants->change).what(), Touched::What::kGrants);
  EXPECT_EQ(std::get<Touched>(grants->change).installation(), InstallationId(8));
  const auto moved = read_again(Touched::repository(RepositoryId(42), {repository("Acme/Widgets")}));
  ASSERT_TRUE(moved);
  const Touched& touched = std::get<Touched>(moved->change);
  EXPECT_EQ(touched.what(), Touched::What::kRepository);
  EXPECT_EQ(touched.repository(), RepositoryId(42));
  ASSERT_EQ(touched.names().size(), 1u);
  EXPECT_EQ(touched.names()[0].shown(), "Acme/Widgets");
}

TEST(News, OfALimitIsTheSame) {
  for (const std::string_view resource : {"core", ""}) {
    const RateClosed closed(InstallationId(7), std::string(resource), kNow + 60s);
    const auto read = read_again(closed);
    ASSERT_TRUE(read);
    EXPECT_EQ(std::get<RateClosed>(read->change), closed);
  }
}

TEST(News, IsNothingUnlessItIsWhole) {
  constexpr std::string_view kWhole =
      R"({"id":"1","at":1,"host":"h","closed":"core","installation":7,"until":2})";
  EXPECT_TRUE(read_news_value(kWhole));
  for (std::size_t length = 0; length < kWhole.size(); ++length) {
    EXPECT_FALSE(read_news_value(kWhole.substr(0, length))) << length;
  }
  for (
      const std::string_view broken : {
          R"({"id":1,"at":1,"host":"h","closed":"core","installation":7,"until":2})",
          R"({"id":"x","at":1,"host":"h","closed":"core","installation":7,"until":2})",
          R"({"id":"1","at":-1,"host":"h","closed":"core","installation":7,"until":2})",
          R"({"id":"1","at":1,"closed":"core","installation":7,"until":2})",
          R"({"id":"1","at":1,"host":"h","closed":"core","installation":0,"until":2})",
          R"({"id":"1","at":1,"host":"h","installation":7,"until":2})",
          R"({"id":"1","at":1,"host":"h","touched":"all","installation":7,"apps":[],"owners":[]})",
          R"({"id":"1","at":1,"host":"h","touched":"grants","apps":[],"owners":[]})",
          R"({"id":"1","at":1,"host":"h","touched":"grants","installation":7,"owners":[]})",
          R"({"id":"1","at":1,"host":"h","touched":"installation","installation":7,"apps":[7],"owners":[]})",
          R"({"id":"1","at":1,"host":"h","touched":"installation","installation":7,"apps":[],"owners":["a/b"]})",
          R"({"id":"1","at":1,"host":"h","touched":"repository","repository":1,"names":["acme"]})",
          R"({"id":"1","at":1,"host":"h","touched":"repository","names":["acme/widgets"]})",
      }) {
    EXPECT_FALSE(read_news_value(broken)) << broken;
  }
}

}  // namespace
}  // namespace hubwarden::fleet
