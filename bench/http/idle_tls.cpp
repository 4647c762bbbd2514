// Opens TLS connections to a server, has one request answered on each, lets them idle and tells how much
// resident memory the server has for each of them.

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "net/unique_fd.h"

namespace {

using hubwarden::net::UniqueFd;

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

class Connection {
 public:
  Connection(SSL_CTX* context, std::uint16_t port)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), ssl_(SSL_new(context)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return;
    SSL_set_fd(ssl_.get(), socket_.get());
    is_open_ = SSL_connect(ssl_.get()) == 1 && ask();
  }

  bool is_open() const { return is_open_; }

 private:
  bool ask() {
    const std::string request = "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer x\r\n\r\n";
    char answer[4096];
    return SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size())) > 0 &&
           SSL_read(ssl_.get(), answer, sizeof answer) > 0;
  }

  UniqueFd socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  bool is_open_ = false;
};

// In kB, as the kernel counts it.
long resident(int process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string word; status >> word;) {
    long size = 0;
    if (word == "VmRSS:" && status >> size) return size;
  }
  return 0;
}

void allow_many_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 0;
  int process = 0;
  std::size_t count = 10'000;
  CLI::App app("Resident memory of a server for each idle TLS connection");
  app.add_option("--port", port)->required();
  app.add_option("--process", process, "the server's id")->required();
  app.add_option("--connections", count);
  CLI11_PARSE(app, argc, argv);
  allow_many_descriptors();

  const std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  std::vector<std::unique_ptr<Connection>> connections;
  const auto open_one = [&] {
    connections.push_back(std::make_unique<Connection>(context.get(), port));
    return connections.back()->is_open();
  };
  // What the first connections cost once and for all is not counted.
  for (int i = 0; i < 100; ++i) {
    if (!open_one()) return std::fprintf(stderr, "cannot connect\n"), 1;
  }
  const long before = resident(process);
  for (std::size_t i = 0; i < count; ++i) {
    if (!open_one()) return std::fprintf(stderr, "connection %zu failed\n", i), 1;
  }
  const long after = resident(process);
  std::printf("connections=%zu resident_kb=%ld per_connection_kb=%.1f\n", count, after,
              static_cast<double>(after - before) / static_cast<double>(count));
  return 0;
}
