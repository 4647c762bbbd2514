#pragma once

// The commands `handle …`: they ask a running hubwarden as its operator. Each returns the exit status.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/hubwarden/client_commands.h"

namespace hubwarden::apps {

// What is not given is the server's to choose.
struct WantedHandle {
  std::string repository;               // owner/name
  std::string host;                     // ghe.example.com
  std::vector<std::string> operations;  // read, create_issue, issues/update
  std::string expires_in;               // 1h
  std::string priority;                 // normal, background
  std::optional<std::uint64_t> concurrent;
  std::optional<std::uint64_t> requests;
  std::optional<std::uint64_t> bytes;
  std::string handle_file;  // where the handle goes, mode 0600; empty: stdout
};

int create_handle(const ServerOptions& server, const WantedHandle& wanted);
int list_handles(const ServerOptions& server);
int show_handle(const ServerOptions& server, const std::string& id);
int revoke_handle(const ServerOptions& server, const std::string& id);

}  // namespace hubwarden::apps
