// git-credential-hubwarden-https: opens a verified TLS connection and relays one request and one answer.
//
//   git-credential-hubwarden-https HOST PORT file|dir PATH
//
// Started by git-credential-hubwarden when hubwarden is not on this machine; https_preface.h says what they
// say to each other. TLS 1.2 or later; the certificate must be for HOST and signed by an authority of PATH.

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>

#include "apps/git-credential-hubwarden/https_preface.h"
#include "apps/git-credential-hubwarden/unique_fd.h"

namespace hubwarden::git_credential {
namespace {

// Longer than the patience of the program that waits for this one; it ends us earlier when it gives up.
constexpr unsigned kLongestLife = 15;
constexpr std::size_t kMaxRequest = 64 << 10;

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;
using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

int refuse(char kind, std::string why) {
  why.resize(std::min(why.size(), kMaxHttpsPreface - 2));
  static_cast<void>(write_all(kind + why + "\n"));
  return 1;
}

// What the handshake failed of: an end of the connection may be another the next time, a refusal will not.
int refuse_handshake(SSL* session, int result) {
  const long verified = SSL_get_verify_result(session);
  if (verified != X509_V_OK) {
    return refuse(kHttpsRefused, std::string("certificate: ") + X509_verify_cert_error_string(verified));
  }
  const bool is_refusal = SSL_get_error(session, result) == SSL_ERROR_SSL;
  const unsigned long code = ERR_get_error();
  const char* const reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  const bool is_end = !is_refusal || ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  return refuse(is_end ? kHttpsTryAgain : kHttpsRefused,
                std::string("TLS: ") + (reason != nullptr ? reason : "the connection was closed"));
}

Context make_context(bool is_file, const char* trusted) {
  Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) return context;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const int loaded = is_file ? SSL_CTX_load_verify_file(context.get(), trusted)
                             : SSL_CTX_load_verify_dir(context.get(), trusted);
  if (loaded != 1) context.reset();
  return context;
}

// The name or the address that the certificate must be for. SNI carries names alone (RFC 6066, section 3).
bool expect_host(SSL* session, const char* host) {
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host) == 1) return true;
  SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(session, host) == 1 && SSL_set_tlsext_host_name(session, host) == 1;
}

UniqueFd connect_to(const char* host, const char* port, std::string& why) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host, port, &hints, &found);
  if (error != 0) {
    why = gai_strerror(error);
    return UniqueFd();
  }
  const Addresses addresses(found, freeaddrinfo);
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    UniqueFd fd(socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol));
    if (fd && connect(fd.get(), at->ai_addr, at->ai_addrlen) == 0) return fd;
    why = std::string("connect: ") + strerror(errno);
  }
  return UniqueFd();
}

// The request up to the end of the standard input, then the answer up to its end.
int relay(SSL* session) {
  char buffer[4096];
  std::size_t total = 0;
  while (true) {
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    total += static_cast<std::size_t>(got);
    if (total > kMaxRequest || SSL_write(session, buffer, static_cast<int>(got)) <= 0) return 1;
  }
  int got = 0;
  bool is_relayed = true;
  while (is_relayed && (got = SSL_read(session, buffer, sizeof buffer)) > 0) {
    is_relayed = write_all(std::string_view(buffer, static_cast<std::size_t>(got)));
  }
  explicit_bzero(buffer, sizeof buffer);
  return got == 0 && is_relayed ? 0 : 1;
}

int serve(const char* host, const char* port, bool is_file, const char* trusted) {
  const Context context = make_context(is_file, trusted);
  if (!context)
    return refuse(kHttpsRefused, std::string("cannot load the trusted certificates of ") + trusted);
  std::string why;
  const UniqueFd fd = connect_to(host, port, why);
  if (!fd) return refuse(kHttpsTryAgain, why);
  const Session session(SSL_new(context.get()), SSL_free);
  if (!session || !expect_host(session.get(), host) || SSL_set_fd(session.get(), fd.get()) != 1) {
    return refuse(kHttpsRefused, "TLS: cannot start a session");
  }
  ERR_clear_error();
  const int connected = SSL_connect(session.get());
  if (connected != 1) return refuse_handshake(session.get(), connected);
  if (!write_all(std::string(kHttpsConnected) + "\n")) return 1;
  return relay(session.get());
}

}  // namespace
}  // namespace hubwarden::git_credential

int main(int count, char** values) {
  using namespace std::string_view_literals;
  if (count != 5 || (values[3] != "file"sv && values[3] != "dir"sv)) {
    constexpr std::string_view usage = "git-credential-hubwarden-https is run by git-credential-hubwarden\n";
    return write(STDERR_FILENO, usage.data(), usage.size()) < 0 ? 1 : 2;
  }
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  signal(SIGPIPE, SIG_IGN);
  alarm(hubwarden::git_credential::kLongestLife);
  return hubwarden::git_credential::serve(values[1], values[2], values[3] == "file"sv, values[4]);
}
