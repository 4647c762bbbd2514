// hubwarden-sandbox: a GitHub of one's own on loopback. See docs/sandbox.md.

#include <pthread.h>
#include <signal.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include "apps/hubwarden-sandbox/data_directory.h"
#include "apps/hubwarden-sandbox/options.h"
#include "base/random.h"
#include "http/curl_client.h"
#include "http/server.h"
#include "net/system_timers.h"
#include "obs/stderr_log.h"
#include "sandbox/control.h"
#include "sandbox/demo.h"
#include "sandbox/files.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

constexpr int kFailed = 1;
constexpr int kConfiguration = 3;
constexpr Duration kGrace = std::chrono::seconds(5);

int complain(const Error& error, int exit_code) {
  std::cerr << "hubwarden-sandbox: " << error.message() << "\n";
  return exit_code;
}

// Everything that runs. One loop: the sandbox's state belongs to one thread.
class Program {
 public:
  Program(const Options& options, const DataDirectory& data)
      : options_(options),
        data_(data),
        log_(obs::make_stderr_log(obs::LogFormat::kText,
                                  options.verbose ? obs::Severity::kDebug : obs::Severity::kWarning, clock_)),
        github_(data.repositories(), clock_, random_, timers_),
        client_(http::CurlOptions(), clock_, {loops_.executor(0)}),
        control_(github_, data.keys(), client_),
        files_(github_),
        front_(loops_, github_, parts(), front_options()),
        side_(loops_, files_, parts(), http::ServerOptions()),
        back_(loops_, control_, parts(), http::ServerOptions()) {
    github_.state().settings = options.settings;
  }

  Result<json::object> start();
  void stop();

 private:
  http::ServerParts parts() { return {clock_, timers_, random_, *log_, metrics_}; }
  // A push may take its time; git reads what it gets at its own pace.
  static http::ServerOptions front_options() {
    http::ServerOptions options;
    options.body_timeout = std::chrono::minutes(15);
    options.write_timeout = std::chrono::minutes(15);
    return options;
  }

  const Options& options_;
  const DataDirectory& data_;
  SystemClock clock_;
  SystemRandom random_;
  net::SystemTimers timers_;  // what still waits when the loops go cancels its timer
  net::Loops loops_{1};
  obs::Metrics metrics_;
  std::unique_ptr<obs::Log> log_;
  GitHub github_;
  http::CurlClient client_;  // for webhooks
  Control control_;
  Files files_;
  http::Server front_;
  http::Server side_;  // where redirects lead
  http::Server back_;
};

net::Task<> stop_git(GitHub& github) {
  github.stop();
  co_return;
}

net::Task<> stop_webhooks(http::CurlClient& client) {
  co_await client.stop(std::chrono::seconds(1));
}

Result<json::object> Program::start() {
  loops_.start();
  const auto port = front_.listen_tcp(net::TcpAddress(options_.address, options_.port));
  if (!port) return std::unexpected(port.error());
  const std::string url = "http://" + options_.address + ":" + std::to_string(*port);
  const auto files_port = side_.listen_tcp(net::TcpAddress(options_.address, options_.files_port));
  if (!files_port) return std::unexpected(files_port.error());
  const std::string files_url = "http://" + options_.address + ":" + std::to_string(*files_port);
  github_.state().urls = Urls{url, url, files_url};
  const auto control_port = back_.listen_tcp(net::TcpAddress("127.0.0.1", options_.control_port));
  if (!control_port) return std::unexpected(control_port.error());
  json::object ready{{"event", "ready"},
                     {"api_url", url},
                     {"web_url", url},
                     {"port", *port},
                     {"files_url", files_url},
                     {"files_port", *files_port},
                     {"control_url", "http://127.0.0.1:" + std::to_string(*control_port)},
                     {"control_port", *control_port},
                     {"data", data_.root().string()}};
  if (!options_.seed_demo) return ready;
  const Result<Demo> demo = net::block_on(loops_.executor(0), seed_demo(github_, data_.keys()));
  if (!demo) return std::unexpected(demo.error());
  ready["app_id"] = demo->app.value();
  ready["client_id"] = demo->client_id;
  ready["private_key_file"] = demo->private_key_file;
  ready["installation_id"] = demo->installation.value();
  return ready;
}

void Program::stop() {
  net::block_on(loops_.executor(0), front_.stop(kGrace));
  net::block_on(loops_.executor(0), side_.stop(kGrace));
  net::block_on(loops_.executor(0), back_.stop(kGrace));
  net::block_on(loops_.executor(0), stop_webhooks(client_));
  net::block_on(loops_.executor(0), stop_git(github_));
  loops_.stop();
}

// Whole or not at all: whoever waits for the file reads it when it is there.
bool write_ready_file(const std::filesystem::path& path, const std::string& line) {
  if (path.empty()) return true;
  const std::filesystem::path aside = path.string() + ".new";
  std::ofstream file(aside);
  file << line << "\n";
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(aside, path, error);
  return file && !error;
}

int serve_until_signal(const Options& options, const sigset_t& signals) {
  const Result<DataDirectory> data = DataDirectory::open(options.data);
  if (!data) return complain(data.error(), kConfiguration);
  Program program(options, *data);
  const Result<json::object> ready = program.start();
  if (ready) {
    const std::string line = json::serialize(*ready);
    std::cout << line << std::endl;
    const bool written = write_ready_file(options.ready_file, line);
    if (!written) std::cerr << "hubwarden-sandbox: cannot write " << options.ready_file << "\n";
    int signal = 0;
    if (written) sigwait(&signals, &signal);
    program.stop();
    return written ? 0 : kFailed;
  }
  program.stop();
  return complain(ready.error(), kFailed);
}

}  // namespace
}  // namespace hubwarden::sandbox

int main(int argc, char** argv) {
  const hubwarden::sandbox::Parsed parsed = hubwarden::sandbox::parse_options(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  // Blocked before any thread begins, so that sigwait() alone sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return hubwarden::sandbox::serve_until_signal(*parsed.options, signals);
}
