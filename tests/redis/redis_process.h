#pragma once

// A Redis of the test's own, on a Unix socket; with "--port" on loopback, too.
//
//   RedisProcess redis;
//   Server server(parts, redis.endpoint(), login);
//   redis.kill();  redis.start();
//   redis.ask({"PING"});                       // past the client, to look behind it and to prepare things

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/check.h"
#include "net/connect.h"
#include "net/unique_fd.h"
#include "redis/codec.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::test {

class RedisProcess {
 public:
  // `settings`: further ones, as on redis-server's command line. `file`: what stands in its configuration
  // file.
  explicit RedisProcess(std::vector<std::string> settings = {}, const std::string& file = "")
      : settings_(std::move(settings)) {
    if (!file.empty()) std::ofstream(directory_ / "conf") << file;
    start();
  }

  net::Endpoint endpoint() const { return net::Endpoint::unix_socket(directory_ / "socket"); }

  // Empty, as after a crash: it keeps nothing, but a cluster's node and a sentinel know what they are.
  void start() {
    std::vector<std::string> command = {"redis-server"};
    if (std::filesystem::exists(directory_ / "conf")) command.push_back(directory_ / "conf");
    for (const char* const word : {"--port", "0", "--save", "", "--unixsocket"}) command.emplace_back(word);
    for (const std::string& word : {directory_ / "socket", std::string("--dir"), directory_.path()}) {
      command.push_back(word);
    }
    command.insert(command.end(), settings_.begin(), settings_.end());
    process_ = std::make_unique<ChildProcess>(std::move(command), directory_ / "log");
    for (int i = 0; i < 1000 && !answers(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    HW_CHECK(answers());
  }
  void kill() { process_->end(SIGKILL); }
  void pause() { process_->signal(SIGSTOP); }
  void go_on() { process_->signal(SIGCONT); }

  // Blocks until it has answered.
  redis::Reply ask(std::initializer_list<std::string_view> words) const {
    const net::UniqueFd socket = connected();
    HW_CHECK(socket.get() >= 0);
    const std::string command = redis::command_text(words);
    HW_CHECK(::send(socket.get(), command.data(), command.size(), 0) == std::ssize(command));
    redis::ReplyReader reader;
    for (;;) {
      Result<std::optional<redis::Reply>> reply = reader.next();
      HW_CHECK(reply.has_value());
      if (*reply) return std::move(**reply);
      char piece[4096];
      const ssize_t size = ::recv(socket.get(), piece, sizeof piece, 0);
      HW_CHECK(size > 0);
      reader.feed(std::string_view(piece, static_cast<std::size_t>(size)));
    }
  }

 private:
  bool answers() const { return connected().get() >= 0; }

  net::UniqueFd connected() const {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    endpoint().host().copy(name.sun_path, sizeof name.sun_path - 1);
    net::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) return socket;
    return net::UniqueFd();
  }

  TemporaryDirectory directory_;
  std::vector<std::string> settings_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace hubwarden::test
