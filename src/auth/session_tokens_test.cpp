#include "auth/session_tokens.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <string>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/hkdf.h"
#include "jwt/raw_jwt.h"
#include "jwt/sign.h"

namespace hubwarden::auth {
namespace {

namespace bj = boost::json;
using namespace std::chrono_literals;

constexpr TimePoint kNow{std::chrono::seconds(1'800'000'000)};

SessionTokens tokens_of(std::initializer_list<std::string_view> materials) {
  std::vector<Secret> secrets;
  for (const std::string_view material : materials) secrets.emplace_back(material);
  return SessionTokens(secrets);
}

Session some_session() {
  policy::Attributes attributes;
  attributes.add("subject", "system:serviceaccount:agents:review-bot");
  attributes.add("namespace", "agents");
  attributes.add("groups", "größer \"a\"");
  attributes.add("groups", "b");
  Session session(SessionId(0xfedcba9876543210), rules::Caller("cluster-a", std::move(attributes)));
  session.agent = "review-bot";
  session.tenant = "acme";
  session.issued_at = kNow;
  session.expires_at = kNow + 15min;
  session.renewable_until = kNow + 1h;
  return session;
}

TEST(SessionTokens, BringASessionToEveryReplica) {
  const Secret token = tokens_of({"a secret"}).issue(some_session());
  const Result<Session> same = tokens_of({"a secret"}).read(token, kNow + 1min);
  ASSERT_TRUE(same) << same.error().message();
  EXPECT_EQ(*same, some_session());
}

TEST(SessionTokens, EndWithTheSession) {
  const SessionTokens tokens = tokens_of({"a secret"});
  const Secret token = tokens.issue(some_session());
  EXPECT_TRUE(tokens.read(token, kNow + 15min - 1s));
  EXPECT_FALSE(tokens.read(token, kNow + 15min)) << "to the second, whatever leeway others' JWTs have";
  EXPECT_FALSE(tokens.read(token, kNow - 1min));
}

TEST(SessionTokens, SurviveTheirKeysRotation) {
  const Secret old_token = tokens_of({"old"}).issue(some_session());
  EXPECT_TRUE(tokens_of({"new", "old"}).read(old_token, kNow));
  EXPECT_FALSE(tokens_of({"new"}).read(old_token, kNow));
  const Secret new_token = tokens_of({"new", "old"}).issue(some_session());
  EXPECT_TRUE(tokens_of({"new"}).read(new_token, kNow));
  EXPECT_FALSE(tokens_of({"old"}).read(new_token, kNow));
}

TEST(SessionTokens, AreNoneWhenAnythingWasChanged) {
  const SessionTokens tokens = tokens_of({"a secret"});
  const std::string text(tokens.issue(some_session()).reveal());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    if (changed == text) continue;
    EXPECT_FALSE(tokens.read(Secret(changed), kNow)) << at;
  }
}

// What hubwarden's own key signs for another purpose, or another version of it signed.
TEST(SessionTokens, AreTakenForNothingElseAndNothingElseForThem) {
  const Secret material("a secret");
  const crypto::Ed25519Key key = crypto::Ed25519Key::from_seed(
      crypto::hkdf_sha256(material, "", "hubwarden session key v1", crypto::Ed25519Key::kSeed));
  const crypto::Digest digest = crypto::sha256(key.public_bytes());
  const std::string key_id = hex(std::span(digest).first(8));
  const SessionTokens tokens = tokens_of({"a secret"});
  const auto claims = [](const std::function<void(bj::object&)>& change) {
    bj::object all = {{"iss", "hubwarden"},
                      {"aud", "hubwarden-session"},
                      {"sub", "x"},
                      {"sid", "fedcba9876543210"},
                      {"iat", 1'800'000'000},
                      {"exp", 1'800'000'900},
                      {"renewable_until", 1'800'000'900},
                      {"by", "a"},
                      {"tenant", ""},
                      {"attributes", bj::object{{"a", bj::array{"b"}}}}};
    change(all);
    return all;
  };
  const bj::object good = claims([](bj::object&) {});
  EXPECT_TRUE(tokens.read(jwt::sign_jwt("hws+jwt", good, key, key_id), kNow));
  EXPECT_FALSE(tokens.read(jwt::sign_jwt("JWT", good, key, key_id), kNow));
  EXPECT_FALSE(jwt::RawJwt::parse(tokens.issue(some_session()))) << "as a workload's";
  const std::function<void(bj::object&)> changes[] = {
      [](bj::object& c) { c["iss"] = "other"; },
      [](bj::object& c) { c["aud"] = "other"; },
      [](bj::object& c) { c.erase("exp"); },
      [](bj::object& c) { c.erase("sid"); },
      [](bj::object& c) { c["sid"] = "xyz"; },
      [](bj::object& c) { c.erase("by"); },
      [](bj::object& c) { c["tenant"] = 1; },
      [](bj::object& c) { c.erase("renewable_until"); },
      [](bj::object& c) { c["attributes"] = bj::array{}; },
      [](bj::object& c) { c["attributes"] = bj::object{{"a", "b"}}; },
      [](bj::object& c) { c["attributes"] = bj::object{{"a", bj::array{""}}}; },
  };
  for (const auto& change : changes) {
    const Result<Session> read = tokens.read(jwt::sign_jwt("hws+jwt", claims(change), key, key_id), kNow);
    ASSERT_FALSE(read) << bj::serialize(claims(change));
    EXPECT_EQ(read.error().code(), ErrorCode::kUnauthenticated);
  }
}

}  // namespace
}  // namespace hubwarden::auth
