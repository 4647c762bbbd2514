#include "fleet/token_value.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "crypto/fingerprint.h"

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;

tokens::Minted token_for(const tokens::TokenCover& cover) {
  const Secret value("ghs_a.b-c");
  tokens::TokenFacts facts;
  facts.minted_at = TimePoint(1'800'000'000s + 1ms);
  facts.expires_at = TimePoint(1'800'003'600s);
  auto token = std::make_shared<const tokens::Token>(value, crypto::fingerprint(value).text(), facts, cover);
  std::vector<tokens::MintedRepository> asked;
  if (!cover.repositories.empty()) {
    const policy::Repository answered = *policy::Repository::parse(cover.repositories.front());
    asked.emplace_back(*policy::Repository::parse("acme/widgets"),
                       tokens::RepositoryRef(answered, RepositoryId(1296269)));
  }
  tokens::Minted minted(std::move(token), std::move(asked));
  minted.by.emplace(tokens::AppRef("github.com", "12345"), InstallationId(7));
  return minted;
}

TEST(TokenValue, IsTheSameTokenOnceItIsRead) {
  tokens::TokenCover cover;
  cover.permissions = {{"contents", "write"}, {"metadata", "read"}};
  cover.repositories = {"acme/Widgets", "acme/gadgets"};
  const tokens::Minted minted = token_for(cover);
  const std::optional<tokens::Minted> read = read_token_value(token_value(minted).reveal());
  ASSERT_TRUE(read);
  const tokens::Token& token = *minted.token;
  EXPECT_EQ(read->token->reveal(), token.reveal());
  EXPECT_EQ(read->token->fingerprint(), token.fingerprint());
  EXPECT_EQ(read->token->facts().minted_at, token.facts().minted_at);
  EXPECT_EQ(read->token->expires_at(), token.expires_at());
  EXPECT_EQ(read->token->facts().source, tokens::TokenSource::kApp);
  EXPECT_EQ(read->token->answer().body(), token.answer().body());
  ASSERT_EQ(read->repositories.size(), 1u);
  EXPECT_EQ(read->repositories.front().asked.shown(), "acme/widgets");
  EXPECT_EQ(read->repositories.front().answered.name().shown(), "acme/Widgets");
  EXPECT_EQ(read->repositories.front().answered.id(), RepositoryId(1296269));
  ASSERT_TRUE(read->by);
  EXPECT_EQ(read->by->app, tokens::AppRef("github.com", "12345"));
  EXPECT_EQ(read->by->installation, InstallationId(7));
}

TEST(TokenValue, MayCoverAllRepositories) {
  const std::optional<tokens::Minted> read = read_token_value(token_value(token_for({})).reveal());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->token->scope_text(), "*");
  EXPECT_TRUE(read->repositories.empty());
}

tokens::Minted usual() {
  tokens::TokenCover cover;
  cover.permissions = {{"contents", "read"}};
  cover.repositories = {"acme/Widgets"};
  return token_for(cover);
}

TEST(TokenValue, IsWrittenAsTheHeaderSays) {
  EXPECT_EQ(token_value(usual()).reveal(),
            R"({"token":"ghs_a.b-c","minted_at":1800000000001000000,"expires_at":1800003600000000000,)"
            R"("permissions":{"contents":"read"},"repositories":["acme/Widgets"],)"
            R"("asked":[{"for":"acme/widgets","name":"acme/Widgets","id":1296269}],)"
            R"("by":{"host":"github.com","app":"12345","installation":7}})");
}

TEST(TokenValue, IsReadAsAnOlderHubwardenWroteIt) {
  tokens::Minted minted = usual();
  minted.by.reset();
  const Secret value = token_value(minted);
  EXPECT_TRUE(value.reveal().ends_with(R"("id":1296269}]})")) << value.reveal();
  const std::optional<tokens::Minted> read = read_token_value(value.reveal());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->token->reveal(), "ghs_a.b-c");
  EXPECT_FALSE(read->by);
}

TEST(TokenValue, MaySayMoreThanThisHubwardenReads) {
  std::string whole(token_value(usual()).reveal());
  whole.insert(1, R"("of a newer one":{},)");
  EXPECT_TRUE(read_token_value(whole));
}

TEST(TokenValue, IsNothingUnlessItIsWhole) {
  const std::string whole(token_value(usual()).reveal());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_token_value(whole.substr(0, size)));
  const struct {
    std::string_view what, with;
  } kChanges[] = {
      {"ghs_a.b-c", ""},
      {"ghs_a.b-c", "ghs_a b"},
      {"ghs_a.b-c", R"(ghs_a\nb)"},
      {R"("ghs_a.b-c")", "1"},
      {R"("token":)", R"("tokem":)"},
      {"1800000000001000000", "-1"},
      {"1800000000001000000", "1.5"},
      {"1800000000001000000", "1800003600000000000"},
      {"1800003600000000000", "18000036000000000000"},
      {R"({"contents":"read"})", "[]"},
      {R"({"contents":"read"})", R"({"contents":1})"},
      {R"(["acme/Widgets"])", "{}"},
      {R"(["acme/Widgets"])", "[1]"},
      {R"(["acme/Widgets"])", "[[[[[]]]]]"},
      {R"("asked":)", R"("basked":)"},
      {R"([{"for")", R"([1,{"for")"},
      {R"("for":"acme/widgets")", R"("for":"acme/../widgets")"},
      {R"("name":"acme/Widgets")", R"("name":1)"},
      {"1296269", "0"},
      {"1296269", "-1"},
      {"1296269", R"("1")"},
      {R"("by":{)", R"("by":1,"not":{)"},
      {"github.com", ""},
      {"github.com", "github.com|1"},
      {R"("12345")", "12345"},
      {R"("12345")", R"("")"},
      {R"("12345")", R"("1|2")"},
      {R"("installation":7)", R"("installation":0)"},
      {R"("installation":7)", R"("installed":7)"},
  };
  for (const auto& [what, with] : kChanges) {
    std::string changed = whole;
    changed.replace(changed.find(what), what.size(), with);
    EXPECT_FALSE(read_token_value(changed)) << changed;
  }
  EXPECT_FALSE(read_token_value("[" + whole + "]"));
  EXPECT_FALSE(read_token_value(whole + std::string(kMaxTokenValue, ' ')));
}

}  // namespace
}  // namespace hubwarden::fleet
