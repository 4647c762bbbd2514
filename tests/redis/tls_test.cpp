// TLS, with a client's certificate and an ACL user, as most would run it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/test_certificates.h"
#include "tests/redis/access_fixture.h"
#include "tests/redis/free_port.h"

namespace hubwarden::redis {
namespace {

using http::testing::TestAuthority;
using test::FreePort;
using test::RedisProcess;
using ::testing::HasSubstr;
using ::testing::Not;

class RedisTlsTest : public RedisAccessTest {
 protected:
  ~RedisTlsTest() override { leave(); }

  std::vector<std::string> settings() const {
    return with_user({"--tls-port", port.text(), "--tls-cert-file", certificate, "--tls-key-file",
                      certificate, "--tls-ca-cert-file", ours.file(), "--tls-auth-clients", "yes"});
  }

  // Our certificate is the server's: what matters is who signed it.
  net::TlsClientFiles files() const {
    net::TlsClientFiles files;
    files.authorities = ours.file();
    files.certificate_chain = certificate;
    files.private_key = certificate;
    return files;
  }

  void enter_with(const net::TlsClientFiles& used, std::string_view password = "sesame",
                  const std::string& host = "localhost") {
    const std::shared_ptr<Login> login = login_of_user(password);
    login->database = 5;
    auto tls = net::TlsClient::load(used);
    ASSERT_TRUE(tls);
    login->tls = std::move(*tls);
    Topology topology;
    topology.endpoints = {net::Endpoint::tcp(host, port.number())};
    enter(topology, login);
  }

  // The last thing that was said about why there is no connection.
  std::string why_away() {
    EXPECT_TRUE(comes_true([&] { return !ask("key", {"PING"}) && log.count("redis.away") > 0; }));
    return *log.last("redis.away").field("why");
  }

  const TestAuthority ours;
  const std::string certificate = ours.write_server_file();
  const FreePort port;
  RedisProcess redis{settings()};
};

TEST_F(RedisTlsTest, IsSpokenInBothDirections) {
  enter_with(files());
  ASSERT_TRUE(comes_to_answer("hubwarden:key"));
  EXPECT_EQ(text_of("hubwarden:key", {"GET", "hubwarden:key"}), "value");
  EXPECT_THAT(redis.ask({"CLIENT", "LIST"}).text(), HasSubstr("user=hubwarden"));
  EXPECT_THAT(redis.ask({"INFO", "keyspace"}).text(), HasSubstr("db5:keys=1"));
  EXPECT_TRUE(comes_to_hear("news"));
  const std::string large(300'000, 'x');
  EXPECT_TRUE(ask("hubwarden:key", {"SET", "hubwarden:key", large}));
  EXPECT_EQ(text_of("hubwarden:key", {"GET", "hubwarden:key"}), large);
  const auto forbidden = ask("", {"FLUSHALL"});
  EXPECT_THAT(forbidden.error().message(), HasSubstr("Redis says NOPERM"));
}

net::Task<bool> nothing() {
  co_return true;
}

// Stopped in the middle of a handshake, a listener must not go on when that succeeds.
TEST_F(RedisTlsTest, IsNotListenedToAnyMoreOnceItIsTooLate) {
  redis.pause();
  enter_with(files());
  EXPECT_FALSE(ask("key", {"PING"}));
  net::spawn(loops.executor(1), listener->stop(), [](std::exception_ptr) { FAIL(); });
  // It has been told by now.
  for (const std::size_t loop : {1u, 0u}) net::block_on(loops.executor(loop), nothing());
  redis.go_on();
  run(listener->stop());
  EXPECT_EQ(redis.ask({"PUBSUB", "NUMSUB", "channel"}).items()[1].integer(), 0);
}

TEST_F(RedisTlsTest, ShowsNoPasswordWhereItIsWrong) {
  enter_with(files(), "open-sesame");
  EXPECT_THAT(why_away(), HasSubstr("WRONGPASS"));
  EXPECT_TRUE(comes_true([&] { return log.count("redis.not_heard") > 0; }));
  const auto refused = ask("key", {"PING"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message() + refused.error().detail() + log.text(), Not(HasSubstr("sesame")));
  EXPECT_FALSE(access.client->is_available());
}

TEST_F(RedisTlsTest, IsRefusedWithoutOurCertificate) {
  net::TlsClientFiles used = files();
  used.certificate_chain.clear();
  used.private_key.clear();
  enter_with(used);
  EXPECT_FALSE(why_away().empty());
  EXPECT_EQ(beginnings, 0);
}

TEST_F(RedisTlsTest, DoesNotTrustWhatAnotherAuthoritySigned) {
  const TestAuthority theirs;
  net::TlsClientFiles used = files();
  used.authorities = theirs.file();
  enter_with(used);
  EXPECT_THAT(why_away(), HasSubstr("certificate"));
}

TEST_F(RedisTlsTest, DoesNotTrustACertificateOfAnotherName) {
  enter_with(files(), "sesame", "127.0.0.2");
  EXPECT_THAT(why_away(), HasSubstr("IP address mismatch"));
}

}  // namespace
}  // namespace hubwarden::redis
