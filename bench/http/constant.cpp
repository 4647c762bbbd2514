// Answers every request with the same prepared body, as cheaply as the server can. Prints its port and serves
// until SIGTERM or SIGINT.

#include <signal.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "http/server.h"
#include "net/system_timers.h"

namespace {

using namespace hubwarden;

class ConstantHandler final : public http::Handler {
 public:
  explicit ConstantHandler(std::size_t size) {
    http::Fields fields;
    fields.add("Content-Type", "application/json");
    fields.add("Cache-Control", "no-store");
    const http::FieldLines lines(fields);
    answer_ = std::make_shared<const http::Prepared>(200, lines, std::string(size, 'x'));
    denied_ = std::make_shared<const http::Prepared>(401, lines, "{}");
  }

  http::Reply handle(http::Request& request) override {
    return http::Response(request.fields().find("Authorization") ? answer_ : denied_);
  }

 private:
  std::shared_ptr<const http::Prepared> answer_;
  std::shared_ptr<const http::Prepared> denied_;
};

struct Arguments {
  std::uint16_t port = 0;
  std::size_t loops = 1;
  std::size_t size = 242;
  std::string certificate;
  std::string key;
};

void allow_many_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(const Arguments& arguments) {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  allow_many_descriptors();

  std::shared_ptr<net::TlsServer> tls;
  if (!arguments.certificate.empty()) {
    auto loaded = net::TlsServer::load(net::TlsFiles(arguments.certificate, arguments.key));
    if (!loaded) return std::fprintf(stderr, "%s\n", loaded.error().message().c_str()), 1;
    tls = *loaded;
  }
  SystemClock clock;
  SystemRandom random;
  net::SystemTimers timers;
  obs::NullLog log;
  obs::Metrics metrics;
  net::Loops loops(arguments.loops);
  ConstantHandler handler(arguments.size);
  http::ServerOptions options;
  options.max_connections = 100'000;
  http::Server server(loops, handler, http::ServerParts{clock, timers, random, log, metrics}, options);
  const auto port = server.listen_tcp(net::TcpAddress("127.0.0.1", arguments.port), tls);
  if (!port) return std::fprintf(stderr, "%s\n", port.error().message().c_str()), 1;
  loops.start();
  std::printf("%u\n", *port);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ending, &signal);
  net::block_on(loops.executor(0), server.stop(std::chrono::seconds(1)));
  loops.stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("A constant answer over HTTP");
  app.add_option("--port", arguments.port, "0: any");
  app.add_option("--loops", arguments.loops, "event loops");
  app.add_option("--size", arguments.size, "bytes of body");
  app.add_option("--certificate", arguments.certificate, "PEM file; with it, HTTPS");
  app.add_option("--key", arguments.key, "PEM file");
  CLI11_PARSE(app, argc, argv);
  return serve(arguments);
}
