// JWTs that are good, and what has been tried against verifiers: RFC 8725 and what became known of libraries.
// One table, with real keys.

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <functional>
#include <string>
#include <vector>

#include "crypto/digest.h"
#include "jwt/jwt_fixture.h"
#include "jwt/verified_jwt.h"

namespace hubwarden::jwt {
namespace {

namespace bj = boost::json;
using crypto::KeyType;
using crypto::SignatureAlgorithm;
using testing::TestSigner;
using namespace std::chrono_literals;

constexpr SignatureAlgorithm kAll[] = {
    SignatureAlgorithm::kRs256, SignatureAlgorithm::kRs384, SignatureAlgorithm::kRs512,
    SignatureAlgorithm::kPs256, SignatureAlgorithm::kPs384, SignatureAlgorithm::kPs512,
    SignatureAlgorithm::kEs256, SignatureAlgorithm::kEs384, SignatureAlgorithm::kEdDsa};

// A key for each algorithm, named like it, as most issuers publish them.
const KeySet& published() {
  static const KeySet keys = [] {
    bj::array list;
    for (const SignatureAlgorithm algorithm : kAll) {
      bj::object jwk = jwk_of(TestSigner::of(crypto::key_type_of(algorithm)), to_string(algorithm));
      jwk["alg"] = to_string(algorithm);
      list.push_back(jwk);
    }
    return *KeySet::parse(jwks_of(list));
  }();
  return keys;
}

Result<VerifiedJwt> verify(std::string_view text, const KeySet& keys = published()) {
  const Result<RawJwt> raw = RawJwt::parse(Secret(text));
  if (!raw) return std::unexpected(raw.error());
  return VerifiedJwt::from(*raw, keys, Expected(std::string(kIssuer), std::string(kAudience)), kNow);
}

std::string hmac_signed(const std::string& part, std::string_view key) {
  const crypto::Digest digest = crypto::hmac_sha256(Secret(key), part);
  return part + "." + base64url(digest);
}

// The claims of a good one, with `member` in front of them as it is written here.
std::string claims_with(std::string_view member) {
  const std::string good = bj::serialize(JwtMaker().claims);
  return "{" + std::string(member) + "," + good.substr(1);
}
std::string header_with(std::string_view member) {
  return R"({"alg":"RS256","kid":"RS256",)" + std::string(member) + "}";
}

struct Row {
  std::string_view name;
  std::string_view says;  // a part of the refusal; empty: it is good
  std::function<std::string(JwtMaker&)> make;
};

using Change = void (*)(JwtMaker&);

Row good(std::string_view name, Change change) {
  return {name, "", [change](JwtMaker& maker) {
            change(maker);
            return maker.text();
          }};
}
Row bad(std::string_view name, std::string_view says, Change change) {
  return {name, says, [change](JwtMaker& maker) {
            change(maker);
            return maker.text();
          }};
}
Row made(std::string_view name, std::string_view says, std::string (*make)(JwtMaker&)) {
  return {name, says, make};
}

const Row kRows[] = {
    // Forms that are good
    good("as it should be", [](JwtMaker&) {}),
    good("without typ", [](JwtMaker& m) { m.header.erase("typ"); }),
    good("typ in lower case", [](JwtMaker& m) { m.header["typ"] = "jwt"; }),
    good("without kid", [](JwtMaker& m) { m.header.erase("kid"); }),
    good("with a thumbprint", [](JwtMaker& m) { m.header["x5t"] = "YWJj"; }),
    good("with a header that nobody knows", [](JwtMaker& m) { m.header["shoe-size"] = 43; }),
    good("without nbf and iat",
         [](JwtMaker& m) {
           m.claims.erase("nbf");
           m.claims.erase("iat");
         }),
    good("among several audiences",
         [](JwtMaker& m) { m.claims["aud"] = bj::array{"https://kubernetes.default.svc", kAudience}; }),
    good("times with fractions", [](JwtMaker& m) { m.claims["exp"] = 1'800'000'600.5; }),
    good("expired by less than the leeway",
         [](JwtMaker& m) {
           m.claims["exp"] = JwtMaker::in(-29s);
           m.claims["nbf"] = m.claims["iat"] = JwtMaker::in(-10min);
         }),
    good("issued by a clock that is a little ahead",
         [](JwtMaker& m) { m.claims["nbf"] = m.claims["iat"] = JwtMaker::in(30s); }),
    good("with claims of any kind",
         [](JwtMaker& m) {
           m.claims["groups"] = bj::array{"a", "b"};
           m.claims["kubernetes.io"] = bj::object{{"namespace", "agents"}};
           m.claims["email_verified"] = true;
         }),

    // Algorithms (RFC 8725, 2.1, 3.1, 3.2)
    made("none, without a signature", "algorithm",
         [](JwtMaker& m) {
           m.header["alg"] = "none";
           return m.signed_part() + ".";
         }),
    made("None", "algorithm",
         [](JwtMaker& m) {
           m.header["alg"] = "None";
           return m.signed_part() + ".";
         }),
    made("NONE", "algorithm",
         [](JwtMaker& m) {
           m.header["alg"] = "NONE";
           return m.signed_part() + ".AA";
         }),
    made("nOnE with the signature of another", "algorithm",
         [](JwtMaker& m) {
           m.header["alg"] = "nOnE";
           return m.text();
         }),
    made("the signature cut off", "no signature", [](JwtMaker& m) { return m.signed_part() + "."; }),
    made("the signature and its dot cut off", "three parts", [](JwtMaker& m) { return m.signed_part(); }),
    bad("without alg", "algorithm", [](JwtMaker& m) { m.header.erase("alg"); }),
    bad("alg is a number", "algorithm", [](JwtMaker& m) { m.header["alg"] = 256; }),
    bad("alg is null", "algorithm", [](JwtMaker& m) { m.header["alg"] = nullptr; }),
    bad("alg is a list", "algorithm", [](JwtMaker& m) { m.header["alg"] = bj::array{"RS256"}; }),
    bad("alg in lower case", "algorithm", [](JwtMaker& m) { m.header["alg"] = "rs256"; }),
    bad("alg with a blank", "algorithm", [](JwtMaker& m) { m.header["alg"] = "RS256 "; }),
    bad("alg is empty", "algorithm", [](JwtMaker& m) { m.header["alg"] = ""; }),
    bad("an algorithm that is not taken", "algorithm", [](JwtMaker& m) { m.header["alg"] = "ES256K"; }),
    bad("ES512", "algorithm", [](JwtMaker& m) { m.header["alg"] = "ES512"; }),
    made("HS256 with the public key in PEM as the secret", "algorithm",
         [](JwtMaker& m) {
           m.header["alg"] = "HS256";
           return hmac_signed(m.signed_part(), m.signer->public_pem());
         }),
    made("HS256 with the modulus as the secret", "algorithm",
         [](JwtMaker& m) {
           m.header["alg"] = "HS256";
           return hmac_signed(m.signed_part(), m.signer->modulus());
         }),
    made("HS256 with an empty secret", "algorithm",
         [](JwtMaker& m) {
           m.header["alg"] = "HS256";
           return hmac_signed(m.signed_part(), "");
         }),
    made("RS256 that is an HMAC of the public key", "signature",
         [](JwtMaker& m) { return hmac_signed(m.signed_part(), m.signer->public_pem()); }),
    bad("PS256 claimed, RS256 signed", "does not publish", [](JwtMaker& m) { m.header["alg"] = "PS256"; }),
    bad("RS384 claimed, RS256 signed", "does not publish", [](JwtMaker& m) { m.header["alg"] = "RS384"; }),
    bad("EdDSA claimed for an RSA key", "does not publish", [](JwtMaker& m) { m.header["alg"] = "EdDSA"; }),
    bad("PS256 claimed and its key named, RS256 signed", "signature",
        [](JwtMaker& m) { m.header["alg"] = m.header["kid"] = "PS256"; }),

    // Keys that come along or are somewhere else (RFC 8725, 3.10)
    bad("jwk", "not taken: jwk",
        [](JwtMaker& m) { m.header["jwk"] = jwk_of(TestSigner::of(KeyType::kP256), "mine"); }),
    bad("jku", "not taken: jku", [](JwtMaker& m) { m.header["jku"] = "https://evil.example.com/jwks"; }),
    bad("jku of the issuer itself", "not taken: jku",
        [](JwtMaker& m) { m.header["jku"] = std::string(kIssuer) + "/jwks"; }),
    bad("x5u", "not taken: x5u", [](JwtMaker& m) { m.header["x5u"] = "https://evil.example.com/cert"; }),
    bad("x5c", "not taken: x5c", [](JwtMaker& m) { m.header["x5c"] = bj::array{"MIIB"}; }),
    bad("another's key under a name that is published", "signature",
        [](JwtMaker& m) {
          static const TestSigner mine(KeyType::kRsa);
          m.signer = &mine;
        }),
    bad("a kid that nobody has", "does not publish", [](JwtMaker& m) { m.header["kid"] = "other"; }),
    bad("the kid of a key of another kind", "does not publish",
        [](JwtMaker& m) { m.header["kid"] = "ES256"; }),
    bad("a kid that is a path", "does not publish", [](JwtMaker& m) { m.header["kid"] = "../../dev/null"; }),
    bad("a kid that is SQL", "does not publish",
        [](JwtMaker& m) { m.header["kid"] = "x' UNION SELECT 'key"; }),
    bad("a kid with a NUL after the name", "does not publish",
        [](JwtMaker& m) { m.header["kid"] = std::string("RS256\0", 6); }),
    bad("kid is empty", "kid", [](JwtMaker& m) { m.header["kid"] = ""; }),
    bad("kid is a number", "kid", [](JwtMaker& m) { m.header["kid"] = 1; }),
    bad("kid is null", "kid", [](JwtMaker& m) { m.header["kid"] = nullptr; }),
    bad("kid is long", "kid", [](JwtMaker& m) { m.header["kid"] = std::string(257, 'k'); }),

    // Extensions and other kinds of token (RFC 7515, 4.1.11; RFC 7797; RFC 8725, 3.11)
    bad("crit", "not taken: crit", [](JwtMaker& m) { m.header["crit"] = bj::array{"exp"}; }),
    bad("crit is empty", "not taken: crit", [](JwtMaker& m) { m.header["crit"] = bj::array{}; }),
    bad("b64", "not taken: b64", [](JwtMaker& m) { m.header["b64"] = false; }),
    bad("zip", "not taken: zip", [](JwtMaker& m) { m.header["zip"] = "DEF"; }),
    bad("enc", "not taken: enc", [](JwtMaker& m) { m.header["enc"] = "A256GCM"; }),
    bad("an access token by its type", "type", [](JwtMaker& m) { m.header["typ"] = "at+jwt"; }),
    bad("a security event by its type", "type", [](JwtMaker& m) { m.header["typ"] = "secevent+jwt"; }),
    bad("typ is a number", "type", [](JwtMaker& m) { m.header["typ"] = 1; }),
    made("encrypted", "encrypted", [](JwtMaker&) { return std::string("a.b.c.d.e"); }),

    // The form
    made("nothing", "three parts", [](JwtMaker&) { return std::string(); }),
    made("dots alone", "header fields", [](JwtMaker&) { return std::string(".."); }),
    made("a dot too many", "three parts", [](JwtMaker& m) { return m.text() + "."; }),
    made("JSON serialization", "three parts", [](JwtMaker&) { return std::string(R"({"payload":"e30"})"); }),
    made("a blank in front", "base64url", [](JwtMaker& m) { return " " + m.text(); }),
    made("a line break at the end", "no signature", [](JwtMaker& m) { return m.text() + "\n"; }),
    made("padding after the signature", "no signature", [](JwtMaker& m) { return m.text() + "=="; }),
    made("base64 in place of base64url", "no signature",
         [](JwtMaker& m) { return m.signed_part() + ".++//" + std::string(338, 'A'); }),
    made("a signature of one byte", "signature", [](JwtMaker& m) { return m.signed_part() + ".AA"; }),
    made("a signature of another", "signature",
         [](JwtMaker& m) {
           const std::string text = m.text();
           m.claims["sub"] = "somebody else";
           return m.signed_part() + text.substr(text.rfind('.'));
         }),
    made("longer than is taken", "16 KiB",
         [](JwtMaker& m) {
           m.claims["x"] = std::string(20'000, 'x');
           return m.text();
         }),
    made("a long header", "4 KiB",
         [](JwtMaker& m) {
           m.header["x"] = std::string(5'000, 'x');
           return m.text();
         }),
    made("deeply nested claims", "no JSON object",
         [](JwtMaker& m) {
           m.claims_text = claims_with("\"x\":" + std::string(50, '[') + std::string(50, ']'));
           return m.text();
         }),
    made("the header is a list", "no JSON object",
         [](JwtMaker& m) {
           m.header_text = R"(["RS256"])";
           return m.text();
         }),
    made("the claims are a text", "no JSON object",
         [](JwtMaker& m) {
           m.claims_text = R"("claims")";
           return m.text();
         }),
    made("something behind the claims", "no JSON object",
         [](JwtMaker& m) {
           m.claims_text = bj::serialize(m.claims) + "{}";
           return m.text();
         }),
    made("claims that are no UTF-8", "no JSON object",
         [](JwtMaker& m) {
           m.claims_text = claims_with("\"x\":\"\xff\"");
           return m.text();
         }),
    made("alg twice", "stands twice",
         [](JwtMaker& m) {
           m.header_text = R"({"alg":"none","kid":"RS256","alg":"RS256"})";
           return m.text();
         }),
    made("kid twice", "stands twice",
         [](JwtMaker& m) {
           m.header_text = header_with(R"("kid":"other")");
           return m.text();
         }),
    made("iss twice", "stands twice",
         [](JwtMaker& m) {
           m.claims_text = claims_with(R"("iss":"https://evil.example.com")");
           return m.text();
         }),
    made("sub twice, once escaped", "stands twice",
         [](JwtMaker& m) {
           m.claims_text = claims_with(R"("s\u0075b":"admin")");
           return m.text();
         }),
    made("a member twice further down", "stands twice",
         [](JwtMaker& m) {
           m.claims_text = claims_with(R"("kubernetes.io":{"namespace":"a","namespace":"b"})");
           return m.text();
         }),

    // Whose, and for whom (RFC 8725, 3.8, 3.9)
    bad("of another issuer", "another issuer",
        [](JwtMaker& m) { m.claims["iss"] = "https://evil.example.com"; }),
    bad("an issuer with a slash more", "another issuer",
        [](JwtMaker& m) { m.claims["iss"] = std::string(kIssuer) + "/"; }),
    bad("an issuer in capitals", "another issuer",
        [](JwtMaker& m) { m.claims["iss"] = "https://ISSUER.example.com"; }),
    bad("an issuer that begins alike", "another issuer",
        [](JwtMaker& m) { m.claims["iss"] = std::string(kIssuer) + ".evil.example.com"; }),
    bad("without iss", "another issuer", [](JwtMaker& m) { m.claims.erase("iss"); }),
    bad("iss is a list", "another issuer", [](JwtMaker& m) { m.claims["iss"] = bj::array{kIssuer}; }),
    bad("for another audience", "another audience",
        [](JwtMaker& m) { m.claims["aud"] = "sts.amazonaws.com"; }),
    bad("an audience that begins alike", "another audience",
        [](JwtMaker& m) { m.claims["aud"] = std::string(kAudience) + "-staging"; }),
    bad("an audience in capitals", "another audience", [](JwtMaker& m) { m.claims["aud"] = "Hubwarden"; }),
    bad("without aud", "another audience", [](JwtMaker& m) { m.claims.erase("aud"); }),
    bad("aud is empty", "another audience", [](JwtMaker& m) { m.claims["aud"] = bj::array{}; }),
    bad("aud is null", "another audience", [](JwtMaker& m) { m.claims["aud"] = nullptr; }),
    bad("aud holds what is no text", "another audience",
        [](JwtMaker& m) { m.claims["aud"] = bj::array{kAudience, 1}; }),
    bad("aud is an object", "another audience",
        [](JwtMaker& m) { m.claims["aud"] = bj::object{{"hubwarden", true}}; }),
    bad("without sub", "subject", [](JwtMaker& m) { m.claims.erase("sub"); }),
    bad("sub is empty", "subject", [](JwtMaker& m) { m.claims["sub"] = ""; }),
    bad("sub is a number", "subject", [](JwtMaker& m) { m.claims["sub"] = 0; }),
    bad("sub is long", "subject", [](JwtMaker& m) { m.claims["sub"] = std::string(1025, 's'); }),

    // Times
    bad("expired", "expired", [](JwtMaker& m) { m.claims["exp"] = JwtMaker::in(-30s); }),
    bad("expired in 1970", "expired", [](JwtMaker& m) { m.claims["exp"] = 0; }),
    bad("without exp", "no \"exp\"", [](JwtMaker& m) { m.claims.erase("exp"); }),
    bad("exp is null", "\"exp\" that is no time", [](JwtMaker& m) { m.claims["exp"] = nullptr; }),
    bad("exp is a text", "\"exp\" that is no time", [](JwtMaker& m) { m.claims["exp"] = "1900000000"; }),
    bad("exp is negative", "\"exp\" that is no time", [](JwtMaker& m) { m.claims["exp"] = -1; }),
    bad("exp in milliseconds", "\"exp\" that is no time",
        [](JwtMaker& m) { m.claims["exp"] = 1'800'000'600'000; }),
    good("exp in 2255", [](JwtMaker& m) { m.claims["exp"] = VerifiedJwt::kLastSecond; }),
    bad("exp in 2256", "\"exp\" that is no time",
        [](JwtMaker& m) { m.claims["exp"] = VerifiedJwt::kLastSecond + 1; }),
    bad("exp in 7673", "\"exp\" that is no time", [](JwtMaker& m) { m.claims["exp"] = 179'999'970'990; }),
    bad("exp beyond 64 bits", "\"exp\" that is no time", [](JwtMaker& m) { m.claims["exp"] = 1e300; }),
    bad("exp is the largest integer", "\"exp\" that is no time",
        [](JwtMaker& m) { m.claims["exp"] = std::uint64_t(-1); }),
    bad("exp is true", "\"exp\" that is no time", [](JwtMaker& m) { m.claims["exp"] = true; }),
    bad("not good yet", "not good yet", [](JwtMaker& m) { m.claims["nbf"] = JwtMaker::in(31s); }),
    bad("nbf is a text", "\"nbf\" that is no time", [](JwtMaker& m) { m.claims["nbf"] = "0"; }),
    bad("issued in the future", "in the future", [](JwtMaker& m) { m.claims["iat"] = JwtMaker::in(31s); }),
    bad("iat is an object", "\"iat\" that is no time", [](JwtMaker& m) { m.claims["iat"] = bj::object{}; }),
    bad("ends before it was issued", "before it begins",
        [](JwtMaker& m) {
          m.claims["exp"] = JwtMaker::in(5s);
          m.claims["iat"] = JwtMaker::in(5s);
        }),
};

TEST(JwtTable, HoldsForEveryRow) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    JwtMaker maker;
    const Result<VerifiedJwt> jwt = verify(row.make(maker));
    if (row.says.empty()) {
      EXPECT_TRUE(jwt) << jwt.error().message();
      continue;
    }
    ASSERT_FALSE(jwt);
    EXPECT_EQ(jwt.error().code(), ErrorCode::kUnauthenticated);
    EXPECT_NE(jwt.error().message().find(row.says), std::string::npos) << jwt.error().message();
  }
  EXPECT_GE(std::size(kRows), 80U);
}

TEST(JwtTable, TakesEachAlgorithmAndNoSignatureOfAnother) {
  for (const SignatureAlgorithm algorithm : kAll) {
    JwtMaker maker(algorithm);
    EXPECT_TRUE(verify(maker.text())) << to_string(algorithm);
    for (const SignatureAlgorithm other : kAll) {
      if (other == algorithm) continue;
      JwtMaker liar(algorithm);
      liar.header["alg"] = to_string(other);
      EXPECT_FALSE(verify(liar.text()));
      liar.header["kid"] = to_string(other);
      EXPECT_FALSE(verify(liar.text()));
    }
  }
}

TEST(JwtTable, TakesNoneThatWasChanged) {
  for (const SignatureAlgorithm algorithm :
       {SignatureAlgorithm::kRs256, SignatureAlgorithm::kEs256, SignatureAlgorithm::kEdDsa}) {
    const std::string text = JwtMaker(algorithm).text();
    for (std::size_t at = 0; at < text.size(); ++at) {
      std::string changed = text;
      changed[at] = changed[at] == 'A' ? 'B' : 'A';
      if (changed == text) continue;
      EXPECT_FALSE(verify(changed)) << to_string(algorithm) << " at " << at;
    }
    for (std::size_t length = 0; length < text.size(); ++length) EXPECT_FALSE(verify(text.substr(0, length)));
  }
}

// A token that another key signed, whatever the keys' ids say.
TEST(JwtTable, TriesEveryKeyOfTheSameIdAndNoOther) {
  static const TestSigner old_key(KeyType::kRsa);
  const KeySet both =
      *KeySet::parse(jwks_of({jwk_of(old_key, "RS256"), jwk_of(TestSigner::of(KeyType::kRsa), "RS256")}));
  EXPECT_TRUE(verify(JwtMaker().text(), both));
  const KeySet another = *KeySet::parse(jwks_of({jwk_of(old_key, "RS256")}));
  EXPECT_FALSE(verify(JwtMaker().text(), another));
}

}  // namespace
}  // namespace hubwarden::jwt
