#include "jwt/attributes.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "jwt/jwt_fixture.h"

namespace hubwarden::jwt {
namespace {

namespace bj = boost::json;
using policy::Attributes;

// Of a token with these claims beside those that it must have.
Attributes attributes_with(std::string_view claims) {
  JwtMaker maker;
  const bj::value more = bj::parse(claims);
  for (const auto& claim : more.as_object()) maker.claims[claim.key()] = claim.value();
  const Result<RawJwt> raw = RawJwt::parse(maker.token());
  EXPECT_TRUE(raw);
  const KeySet keys = *KeySet::parse(jwks_of({jwk_of(*maker.signer, "RS256")}));
  const Expected expected{std::string(kIssuer), std::string(kAudience)};
  const Result<VerifiedJwt> jwt = VerifiedJwt::from(*raw, keys, expected, kNow);
  EXPECT_TRUE(jwt) << jwt.error().message();
  return attributes_of(*jwt);
}

std::string single(const Attributes& attributes, std::string_view name) {
  const std::string* const value = attributes.single(name);
  return value != nullptr ? *value : "(none)";
}

// As Kubernetes' API server makes them for a pod: "Managing Service Accounts", projected tokens.
TEST(AttributesOfAJwt, AreThoseOfAKubernetesServiceAccount) {
  const Attributes attributes = attributes_with(R"({
    "jti": "ea28ed49-2e11-4280-9ec5-bc3d1d84661a",
    "kubernetes.io": {
      "namespace": "agents",
      "node": {"name": "worker-1", "uid": "3c1a"},
      "pod": {"name": "review-bot-7d9", "uid": "5ae2"},
      "serviceaccount": {"name": "review-bot", "uid": "f2c1"},
      "warnafter": 1800003607}})");
  EXPECT_EQ(single(attributes, "subject"), "system:serviceaccount:agents:review-bot");
  EXPECT_EQ(single(attributes, "namespace"), "agents");
  EXPECT_EQ(single(attributes, "service_account"), "review-bot");
  EXPECT_EQ(single(attributes, "service_account_uid"), "f2c1");
  EXPECT_EQ(single(attributes, "pod"), "review-bot-7d9");
  EXPECT_EQ(single(attributes, "pod_uid"), "5ae2");
  EXPECT_EQ(single(attributes, "node"), "worker-1");
  EXPECT_EQ(single(attributes, "node_uid"), "3c1a");
  EXPECT_EQ(attributes.size(), 8U);
}

// A subset of what GitHub documents: "OpenID Connect reference", the token's claims.
TEST(AttributesOfAJwt, AreTheClaimsOfGitHubActions) {
  const Attributes attributes = attributes_with(R"({
    "sub": "repo:acme/widgets:ref:refs/heads/main",
    "repository": "acme/widgets", "repository_id": "1296269", "repository_owner": "acme",
    "ref": "refs/heads/main", "ref_protected": "true", "event_name": "push", "run_attempt": "1",
    "job_workflow_ref": "acme/widgets/.github/workflows/build.yml@refs/heads/main",
    "enterprise": "", "environment": "production"})");
  EXPECT_EQ(single(attributes, "subject"), "repo:acme/widgets:ref:refs/heads/main");
  EXPECT_EQ(single(attributes, "repository"), "acme/widgets");
  EXPECT_EQ(single(attributes, "ref"), "refs/heads/main");
  EXPECT_EQ(single(attributes, "environment"), "production");
  EXPECT_EQ(single(attributes, "enterprise"), "(none)") << "empty: it matches nothing";
}

TEST(AttributesOfAJwt, AreMembersOfObjectsAndLists) {
  const Attributes attributes = attributes_with(R"({
    "google": {"compute_engine": {"project_id": "acme", "project_number": 739419398126}},
    "groups": ["a", "b", 7, true, null, ["c"], {"d": "e"}], "one": ["x"],
    "email_verified": false, "large": 18446744073709551615, "fraction": 1.5, "nothing": null,
    "https://acme.example.com/role": "builder"})");
  EXPECT_EQ(single(attributes, "google.compute_engine.project_id"), "acme");
  EXPECT_EQ(single(attributes, "google.compute_engine.project_number"), "739419398126");
  EXPECT_EQ(attributes.values("groups"), (std::vector<std::string>{"a", "b", "7", "true"}));
  EXPECT_EQ(single(attributes, "one"), "x");
  EXPECT_EQ(single(attributes, "email_verified"), "false");
  EXPECT_EQ(single(attributes, "large"), "18446744073709551615");
  EXPECT_EQ(single(attributes, "fraction"), "(none)") << "of several spellings";
  EXPECT_EQ(single(attributes, "nothing"), "(none)");
  EXPECT_EQ(single(attributes, "https://acme.example.com/role"), "builder");
}

TEST(AttributesOfAJwt, AreNotWhatOnlyCallsItselfSo) {
  const Attributes attributes = attributes_with(R"({
    "issuer": "cluster-a", "subject": "admin", "namespace": "kube-system", "pod": "other",
    "kubernetes.io": {"namespace": "agents", "pod": {"uid": "5ae2"}},
    "a": {"b": "inner"}, "a.b": "outer"})");
  EXPECT_EQ(single(attributes, "issuer"), "(none)");
  EXPECT_EQ(single(attributes, "subject"), "system:serviceaccount:agents:review-bot");
  EXPECT_EQ(single(attributes, "namespace"), "agents");
  EXPECT_EQ(single(attributes, "pod"), "(none)") << "Kubernetes did not say it";
  EXPECT_EQ(single(attributes, "a.b"), "inner");
  for (const std::string_view name : {"iss", "sub", "aud", "exp", "nbf", "iat"}) {
    EXPECT_EQ(single(attributes, name), "(none)") << name;
  }
}

}  // namespace
}  // namespace hubwarden::jwt
