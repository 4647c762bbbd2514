#pragma once

// The control port: JSON over HTTP, on a listener of its own, by which tests and people change the sandbox's
// world, break it and read what it saw. It knows no credentials: it must listen on loopback alone. The page
// docs/sandbox.md lists its routes with an example each.
//
// Threads: the loop of its GitHub.

#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "http/client.h"
#include "http/handler.h"
#include "sandbox/github.h"
#include "sandbox/rest_pulls.h"

namespace hubwarden::sandbox {

// What a control route is given.
struct ControlContext {
  GitHub& github;
  std::filesystem::path key_directory;
  std::vector<std::string> parameters;  // what stood in place of each `*`
  std::string query;
  boost::json::object body;
  std::vector<FileToCommit> files;       // to be committed once the answer is decided
  std::optional<NewPull> to_open;        // once the files have been committed
  std::optional<std::uint64_t> to_send;  // a delivery of a webhook

  World& world() { return github.state().world; }
};

class Control final : public http::Handler {
 public:
  static constexpr std::size_t kMaxBody = 16 * 1024 * 1024;

  // Private keys of new Apps are put into `key_directory`, which exists. Webhooks go out by `client`.
  Control(GitHub& github, std::filesystem::path key_directory, http::Client& client)
      : github_(github), key_directory_(std::move(key_directory)), client_(client) {}

  http::Reply handle(http::Request& request) override;

 private:
  net::Task<http::Response> serve(http::Request& request);
  // What a route left to be done; the fields that this adds to its answer.
  net::Task<Result<boost::json::object>> carry_out(ControlContext& context);
  // The status that was answered; 0 when nobody could be reached.
  net::Task<int> send(std::uint64_t delivery);

  GitHub& github_;
  std::filesystem::path key_directory_;
  http::Client& client_;
};

}  // namespace hubwarden::sandbox
