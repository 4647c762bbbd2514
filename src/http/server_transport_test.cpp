// The server over IPv6, Unix sockets and TLS.

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "http/server_fixture.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::http {
namespace {

using namespace std::chrono_literals;

sockaddr_in6 loopback_6(std::uint16_t port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  address.sin6_port = htons(port);
  return address;
}

bool has_ipv6() {
  const net::UniqueFd socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in6 address = loopback_6(0);
  return socket && ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

TEST_F(ServerTest, ServesIpv6AndKnowsThePeer) {
  if (!has_ipv6()) GTEST_SKIP() << "this machine has no IPv6";
  listen();
  const Result<std::uint16_t> port = server_->listen_tcp(net::TcpAddress("::1", 0));
  ASSERT_TRUE(port) << port.error().message();
  TestClient client(loopback_6(*port));
  client.send(get_request("/peer"));
  EXPECT_EQ(client.receive().body, "::1");
}

class ServerUnixTest : public ServerTest {
 protected:
  Server& server() {
    listen();
    return *server_;
  }
  test::TemporaryDirectory directory_;
  std::string path_ = directory_ / "hubwarden.sock";
};

TEST_F(ServerUnixTest, ServesAndKnowsThePeer) {
  ASSERT_TRUE(server().listen_unix(path_));
  TestClient client(path_);
  client.send(get_request("/peer") + get_request("/next"));
  EXPECT_EQ(client.receive().body, "unix unix " + std::to_string(getuid()));
  EXPECT_EQ(client.receive().body, "/next");
}

TEST_F(ServerUnixTest, ClosesAtOnceWhoIsNotAmongTheAllowedUsers) {
  ServerOptions options;
  options.unix_allowed_uids = {getuid() + 1, getuid() + 2};
  const std::uint16_t port = listen(options);
  ASSERT_TRUE(server_->listen_unix(path_));
  TestClient stranger(path_);
  stranger.send(get_request("/peer"));
  EXPECT_EQ(stranger.receive_rest(), "");
  EXPECT_EQ(counted("hubwarden_http_unix_connections_refused_total"), 1U);
  // The list is about Unix sockets alone.
  TestClient tcp(port);
  tcp.send(get_request("/here"));
  EXPECT_EQ(tcp.receive().body, "/here");
}

TEST_F(ServerUnixTest, ServesTheUsersThatAreAllowed) {
  ServerOptions options;
  options.unix_allowed_uids = {getuid() + 1, getuid()};
  listen(options);
  ASSERT_TRUE(server_->listen_unix(path_));
  TestClient client(path_);
  client.send(get_request("/here"));
  EXPECT_EQ(client.receive().body, "/here");
}

TEST_F(ServerUnixTest, GivesTheFileItsMode) {
  const mode_t before = umask(0077);
  ASSERT_TRUE(server().listen_unix(path_, 0660));
  umask(before);
  struct stat found;
  ASSERT_EQ(stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0660U);
}

TEST_F(ServerUnixTest, ReplacesASocketThatNobodyListensOn) {
  {
    const auto stale = net::listen_unix(path_, 0600);
  }
  ASSERT_TRUE(server().listen_unix(path_));
  EXPECT_TRUE(TestClient(path_).is_connected());
}

TEST_F(ServerUnixTest, LeavesASocketInUseAlone) {
  const auto other = net::listen_unix(path_, 0600);
  ASSERT_TRUE(other);
  EXPECT_EQ(server().listen_unix(path_).error().code(), ErrorCode::kConflict);
  EXPECT_TRUE(TestClient(path_).is_connected());
}

TEST_F(ServerUnixTest, LeavesAFileThatIsNoSocketAlone) {
  std::ofstream(path_) << "precious";
  EXPECT_EQ(server().listen_unix(path_).error().code(), ErrorCode::kConflict);
  std::string text;
  std::ifstream(path_) >> text;
  EXPECT_EQ(text, "precious");
}

TEST_F(ServerUnixTest, RefusesAPathThatIsTooLong) {
  EXPECT_EQ(server().listen_unix(directory_ / std::string(200, 'x')).error().code(),
            ErrorCode::kInvalidRequest);
}

TEST_F(ServerUnixTest, RemovesItsFileWhenItStops) {
  ASSERT_TRUE(server().listen_unix(path_));
  EXPECT_EQ(stop(1s), 0U);
  server_.reset();
  EXPECT_NE(access(path_.c_str(), F_OK), 0);
}

TEST_F(ServerUnixTest, DoesNotRemoveAFileThatAnotherHasPutThere) {
  ASSERT_TRUE(server().listen_unix(path_));
  unlink(path_.c_str());
  const auto other = net::listen_unix(path_, 0600);
  ASSERT_TRUE(other);
  stop(1s);
  server_.reset();
  EXPECT_TRUE(TestClient(path_).is_connected());
}

class ThreadHandler final : public Handler {
 public:
  Reply handle(Request&) override {
    const std::size_t thread = std::hash<std::thread::id>{}(std::this_thread::get_id());
    return Response(200, "text/plain", std::to_string(thread));
  }
};

TEST_F(ServerUnixTest, HandsItsConnectionsRoundTheLoops) {
  net::Loops loops(2);
  loops.start();
  ThreadHandler handler;
  Server server(loops, handler, ServerParts{time_, time_, random_, log_, metrics_}, ServerOptions());
  ASSERT_TRUE(server.listen_unix(path_));
  std::map<std::string, int> seen;
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<TestClient>(path_));
    clients.back()->send(get_request("/"));
    ++seen[clients.back()->receive().body];
  }
  EXPECT_EQ(seen.size(), 2U);
  for (const auto& [thread, count] : seen) EXPECT_EQ(count, 3);
  EXPECT_EQ(net::block_on(loops.executor(0), server.stop(1s)), 0U);
  loops.stop();
}

// A self-signed certificate for `name` and its key, as PEM files.
void write_certificate(const std::string& name, const net::TlsFiles& files) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509_sign(certificate, key, EVP_sha256());
  FILE* out = std::fopen(files.certificate_chain.c_str(), "w");
  PEM_write_X509(out, certificate);
  std::fclose(out);
  out = std::fopen(files.private_key.c_str(), "w");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

// A blocking TLS client over a TestClient's socket.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, int version = 0)
      : socket_(port), context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_)) {
    if (version != 0) {
      SSL_set_min_proto_version(ssl_, version);
      SSL_set_max_proto_version(ssl_, version);
    }
    SSL_set_fd(ssl_, socket_.fd());
    connected_ = SSL_connect(ssl_) == 1;
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool is_connected() const { return connected_; }
  std::string protocol() const { return SSL_get_version(ssl_); }

  std::string server_name() const {
    X509* certificate = SSL_get1_peer_certificate(ssl_);
    if (certificate == nullptr) return {};
    char name[100] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    X509_free(certificate);
    return name;
  }

  void send(const std::string& bytes) { SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())); }

  // Until `end` has come.
  std::string receive_until(const std::string& end) {
    std::string text;
    char piece[16384];
    while (!text.ends_with(end)) {
      const int got = SSL_read(ssl_, piece, sizeof piece);
      if (got <= 0) break;
      text.append(piece, static_cast<std::size_t>(got));
    }
    return text;
  }
  // What follows the next head, `size` bytes.
  std::string receive_body(std::size_t size) {
    std::string text;
    std::size_t start = std::string::npos;
    char piece[16384];
    while (start == std::string::npos || text.size() < start + size) {
      const int got = SSL_read(ssl_, piece, sizeof piece);
      if (got <= 0) return text;
      text.append(piece, static_cast<std::size_t>(got));
      if (start == std::string::npos && text.find("\r\n\r\n") != std::string::npos)
        start = text.find("\r\n\r\n") + 4;
    }
    return text.substr(start);
  }
  // The peer has ended TLS, not just the connection.
  bool is_closed_properly() {
    char byte;
    const int got = SSL_read(ssl_, &byte, 1);
    return SSL_get_error(ssl_, got) == SSL_ERROR_ZERO_RETURN;
  }

 private:
  TestClient socket_;
  SSL_CTX* context_;
  SSL* ssl_;
  bool connected_ = false;
};

class ServerTlsTest : public ServerTest {
 protected:
  std::uint16_t listen_tls() {
    write_certificate("first", files_);
    tls_ = net::TlsServer::load(files_).value();
    listen();
    return server_->listen_tcp(net::TcpAddress("127.0.0.1", 0), tls_).value();
  }

  test::TemporaryDirectory directory_;
  net::TlsFiles files_{directory_ / "chain.pem", directory_ / "key.pem"};
  std::shared_ptr<net::TlsServer> tls_;
};

TEST_F(ServerTlsTest, ServesTls12And13) {
  const std::uint16_t port = listen_tls();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(port, version);
    ASSERT_TRUE(client.is_connected());
    client.send(get_request("/peer"));
    EXPECT_TRUE(client.receive_until("tls").ends_with("127.0.0.1 tls"));
    client.send(get_request("/again"));
    EXPECT_TRUE(client.receive_until("/again").ends_with("\r\n\r\n/again"));
  }
}

TEST_F(ServerTlsTest, PromisesTlsForTheFutureOverTls) {
  TlsClient client(listen_tls());
  client.send(get_request("/hello"));
  const std::string answer = client.receive_until("/hello");
  EXPECT_NE(answer.find("\r\nStrict-Transport-Security: max-age=31536000\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find("\r\nX-Content-Type-Options: nosniff\r\n"), std::string::npos) << answer;
}

TEST_F(ServerTlsTest, PromisesItWithRefusalsToo) {
  TlsClient client(listen_tls());
  client.send("GET nonsense\r\n\r\n");
  const std::string answer = client.receive_until("}");
  EXPECT_NE(answer.find("\r\nStrict-Transport-Security: max-age=31536000\r\n"), std::string::npos) << answer;
}

TEST_F(ServerTlsTest, RefusesOlderVersions) {
  const std::uint16_t port = listen_tls();
  EXPECT_FALSE(TlsClient(port, TLS1_1_VERSION).is_connected());
}

TEST_F(ServerTlsTest, MovesLargeBodiesBothWays) {
  TlsClient client(listen_tls());
  const std::string body = AlphabetSource::text(900'000);
  std::thread sender([&] { client.send(post_request("/count", body)); });
  sender.join();
  EXPECT_TRUE(client.receive_until("900000").ends_with("\r\n\r\n900000"));
  client.send(get_request("/large"));
  EXPECT_EQ(client.receive_body(5'000'000), AlphabetSource::text(5'000'000));
}

TEST_F(ServerTlsTest, EndsTlsBeforeItCloses) {
  TlsClient client(listen_tls());
  client.send(get_request("/bye", "Connection: close\r\n"));
  EXPECT_TRUE(client.receive_until("/bye").ends_with("/bye"));
  EXPECT_TRUE(client.is_closed_properly());
}

TEST_F(ServerTlsTest, UsesNewCertificatesAfterAReload) {
  const std::uint16_t port = listen_tls();
  TlsClient before(port);
  EXPECT_EQ(before.server_name(), "first");
  write_certificate("second", files_);
  ASSERT_TRUE(tls_->reload());
  EXPECT_EQ(TlsClient(port).server_name(), "second");
  before.send(get_request("/still"));
  EXPECT_TRUE(before.receive_until("/still").ends_with("/still"));
}

TEST_F(ServerTlsTest, KeepsItsCertificateWhenTheNewOneIsBad) {
  const std::uint16_t port = listen_tls();
  std::ofstream(files_.certificate_chain) << "not a certificate";
  const Result<> reloaded = tls_->reload();
  ASSERT_FALSE(reloaded);
  EXPECT_NE(reloaded.error().message().find("chain.pem"), std::string::npos);
  EXPECT_EQ(TlsClient(port).server_name(), "first");
}

TEST_F(ServerTlsTest, NamesTheCheckThatAKeyFails) {
  write_certificate("first", files_);
  write_certificate("other", net::TlsFiles(directory_ / "other.pem", files_.private_key));
  const auto mixed = net::TlsServer::load(files_);
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().code(), ErrorCode::kNotConfigured);
  EXPECT_FALSE(net::TlsServer::load(net::TlsFiles("/nowhere", files_.private_key)));
}

TEST_F(ServerTlsTest, CutsAHandshakeThatDoesNotEnd) {
  TestClient client(listen_tls());
  client.send("\x16\x03");
  advance(13s);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTlsTest, CutsAConnectionThatSendsNothingAfterItsHandshake) {
  TlsClient client(listen_tls());
  ASSERT_TRUE(client.is_connected());
  advance(13s);
  EXPECT_EQ(client.receive_until("never"), "");
}

TEST_F(ServerTlsTest, ClosesWhenPlainTextComes) {
  TestClient client(listen_tls());
  client.send(get_request("/plain"));
  EXPECT_EQ(client.receive_rest().find("HTTP"), std::string::npos);
}

}  // namespace
}  // namespace hubwarden::http
