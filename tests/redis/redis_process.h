#pragma once

// A Redis of the test's own, on a Unix socket.
//
//   RedisProcess redis;
//   Server server(parts, redis.endpoint(), login);
//   redis.kill();  redis.start();

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "net/connect.h"
#include "net/unique_fd.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::test {

class RedisProcess {
 public:
  // `settings`: further ones, as on redis-server's command line.
  explicit RedisProcess(std::vector<std::string> settings = {}) : settings_(std::move(settings)) { start(); }

  net::Endpoint endpoint() const { return net::Endpoint::unix_socket(directory_ / "socket"); }

  // Empty, as after a crash: it keeps nothing.
  void start() {
    std::vector<std::string> command = {"redis-server",        "--port", "0", "--unixsocket",
                                        directory_ / "socket", "--save", "",  "--dir",
                                        directory_.path()};
    command.insert(command.end(), settings_.begin(), settings_.end());
    process_ = std::make_unique<ChildProcess>(std::move(command), directory_ / "log");
    for (int i = 0; i < 1000 && !answers(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    HW_CHECK(answers());
  }
  void kill() { process_->end(SIGKILL); }
  void pause() { process_->signal(SIGSTOP); }
  void go_on() { process_->signal(SIGCONT); }

 private:
  bool answers() const {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    endpoint().host().copy(name.sun_path, sizeof name.sun_path - 1);
    const net::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  }

  TemporaryDirectory directory_;
  std::vector<std::string> settings_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace hubwarden::test
