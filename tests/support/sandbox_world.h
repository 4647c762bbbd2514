#pragma once

// For tests of and with the sandbox: an App's JWT and a small world in virtual time.

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/check.h"
#include "base/text.h"
#include "sandbox/github.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::sandbox::testing {

inline std::string sign(const KeyPair& key, const boost::json::object& claims,
                        std::string_view algorithm = "RS256") {
  const std::string header = boost::json::serialize(boost::json::object{{"alg", algorithm}, {"typ", "JWT"}});
  const std::string text =
      base64url(as_bytes(header)) + "." + base64url(as_bytes(boost::json::serialize(claims)));
  const std::string_view pem = key.private_pem().reveal();
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> secret(
      PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  HW_CHECK(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, secret.get()) == 1);
  std::string signature(512, '\0');
  std::size_t size = signature.size();
  HW_CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                          reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
  signature.resize(size);
  return text + "." + base64url(as_bytes(signature));
}

// One for all tests of a program: making it takes a while.
inline const KeyPair& app_key() {
  static const KeyPair key = KeyPair::generate();
  return key;
}

inline const TimePoint kStart =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + std::chrono::hours(12);

inline std::int64_t seconds_of(TimePoint time) {
  return std::chrono::system_clock::to_time_t(time);
}

inline boost::json::object good_claims(AppId app, TimePoint now) {
  return {{"iat", seconds_of(now) - 60}, {"exp", seconds_of(now) + 540}, {"iss", app.value()}};
}

inline boost::json::value parsed(const http::Response& response) {
  const auto* body = std::get_if<std::string>(&response.body());
  return body && !body->empty() ? boost::json::parse(*body) : boost::json::value();
}

inline std::string message_of(const http::Response& response) {
  const boost::json::value body = parsed(response);
  return std::string(body.at("message").as_string());
}

inline std::string field(const http::Response& response, std::string_view name) {
  return std::string(response.fields().find(name).value_or(""));
}

// acme with widgets, gadgets (private) and open (public); rival with secrets (private); an App on all of
// acme.
class SmallWorld {
 public:
  SmallWorld()
      : time(kStart),
        random(1),
        github(directory.path(), time.clock(), random, time),
        acme(*world().add_account("acme", true)),
        rival(*world().add_account("rival", false)),
        widgets(*world().add_repository(acme, "widgets", true, kStart)),
        gadgets(*world().add_repository(acme, "gadgets", true, kStart)),
        open(*world().add_repository(acme, "open", false, kStart)),
        secrets(*world().add_repository(rival, "secrets", true, kStart)),
        app(*world().add_app(NewApp{acme, "robot", permissions(), {}, app_key().public_key()}, kStart)),
        installation(*world().add_installation(NewInstallation{app, acme, true, {}, std::nullopt}, kStart)) {}

  static Permissions permissions() {
    return {{"contents", Level::kWrite}, {"issues", Level::kRead}, {"metadata", Level::kRead}};
  }

  World& world() { return github.state().world; }
  Settings& settings() { return github.state().settings; }
  std::string jwt() { return sign(app_key(), good_claims(app, github.state().shown(time.clock().now()))); }

  http::Response ask(http::Method method, std::string_view target, std::string_view bearer = "",
                     std::string body = "") {
    Call call(method, target);
    if (!bearer.empty()) call.headers.add("Authorization", "Bearer " + std::string(bearer));
    call.body = std::move(body);
    return github.answer(std::move(call));
  }
  http::Response get(std::string_view target, std::string_view bearer = "") {
    return ask(http::Method::kGet, target, bearer);
  }
  http::Response mint(std::string body = "") {
    const std::string target =
        "/app/installations/" + std::to_string(installation.value()) + "/access_tokens";
    return ask(http::Method::kPost, target, jwt(), std::move(body));
  }
  std::string token(std::string body = "") {
    const http::Response minted = mint(std::move(body));
    HW_CHECK(minted.status() == 201);
    const boost::json::value answer = parsed(minted);
    return std::string(answer.at("token").as_string());
  }

  test::TemporaryDirectory directory;
  hubwarden::testing::VirtualTime time;
  SeededRandom random;
  GitHub github;
  AccountId acme;
  AccountId rival;
  RepositoryId widgets;
  RepositoryId gadgets;
  RepositoryId open;
  RepositoryId secrets;
  AppId app;
  InstallationId installation;
};

}  // namespace hubwarden::sandbox::testing
