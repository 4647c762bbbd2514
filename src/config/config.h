#pragma once

// Everything that can be configured: defaults beside their meaning, times as durations.
//
// A Config comes from load() (config/load.h), where every value has been checked, and is not changed
// afterwards: hold it as `std::shared_ptr<const Config>`; a reload builds a new one and swaps it. The page
// for operators is docs/configuration.md.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/shared_secret.h"
#include "catalogue/operation_list.h"
#include "config/policy.h"
#include "github/host.h"
#include "jwt/key_set.h"
#include "obs/log.h"
#include "obs/log_line.h"
#include "policy/names.h"
#include "policy/permissions.h"

namespace hubwarden::config {

using namespace std::chrono_literals;

struct TcpAddress {
  std::string host = "127.0.0.1";  // an IP address
  std::uint16_t port = 8080;       // 0: one that is free

  friend bool operator==(const TcpAddress&, const TcpAddress&) = default;
};

// Paths, not contents: the server reads them at start-up and again at each reload.
struct TlsFiles {
  std::string certificate;
  std::string key;

  friend bool operator==(const TlsFiles&, const TlsFiles&) = default;
};

struct Listen {
  std::vector<TcpAddress> tcp = {TcpAddress()};
  std::vector<std::string> unix_sockets;
  unsigned unix_mode = 0660;  // of the sockets' files
  // Addresses, networks and "unix", whose X-Forwarded-For is believed (http::TrustedProxies).
  std::vector<std::string> trusted_proxies;
  std::vector<std::uint32_t>
      unix_allowed_uids;  // whose processes may connect there; empty: all that the mode lets
  std::optional<TlsFiles> tls;

  friend bool operator==(const Listen&, const Listen&) = default;
};

// A GitHub App as one host knows it.
struct App {
  std::string name = "default";
  github::Host host = github::Host::github_com();
  std::string issuer;                             // client id, or the App id in digits
  SharedSecret private_key;                       // PEM
  std::optional<InstallationId> installation_id;  // the one that the admin route means without a query

  friend bool operator==(const App&, const App&) = default;
};

// How GitHub is reached, for all Apps.
struct Outbound {
  std::string ca_file;                // PEM of further authorities to trust; empty: the system's alone
  SharedSecret proxy;                 // an URL; a Secret because it may hold a password
  std::vector<std::string> no_proxy;  // hosts, ".suffix" or "*"
  Duration connect_timeout = 5s;
  Duration request_timeout = 15s;  // of one request to GitHub, a mint among them

  friend bool operator==(const Outbound&, const Outbound&) = default;
};

// Thresholds on a token's remaining time: what they mean is in docs/architecture.md, "Tokens".
struct Tokens {
  Duration refresh_ahead = 10min;
  Duration refresh_before_use = 5min;
  Duration floor = 60s;
  Duration keep_warm = 30min;
  std::size_t max_entries = 100'000;

  friend bool operator==(const Tokens&, const Tokens&) = default;
};

// What hubwarden does on GitHub for callers: docs/operations-on-github.md.
struct Operations {
  // Whatever handles may name beyond it, they do not get.
  catalogue::OperationList allow = catalogue::OperationList::reads();
  // Where GitHub may send the reader of an archive or a log, beside its own host.
  std::vector<std::string> redirect_hosts = {"*.githubusercontent.com", "*.blob.core.windows.net"};
  std::size_t in_flight = 100;  // of one installation; GitHub lets no more
  Duration write_interval = 1s;
  Duration max_wait = 10s;  // for a place in flight, or a write's turn

  friend bool operator==(const Operations&, const Operations&) = default;
};

// The static token for repositories where the App cannot work.
struct Fallback {
  SharedSecret token;
  std::vector<policy::Repository> repositories;
  bool allow_writes = false;

  friend bool operator==(const Fallback&, const Fallback&) = default;
};

struct Admin {
  SharedSecret token;
  // Of the token that the admin route gives without a query; nothing: all that the App has.
  std::optional<policy::PermissionSet> permissions;

  friend bool operator==(const Admin&, const Admin&) = default;
};

// Who may do what, beside workspaces and handles: docs/policy.md.
struct PolicySource {
  std::string path;                      // a file or a directory; empty: no sessions
  std::shared_ptr<const Policy> policy;  // what it says; null without a path
  // Of issuers that name a file, by the issuer's name.
  std::map<std::string, std::shared_ptr<const jwt::KeySet>> keys;

  std::string trial_path;               // of a policy on trial; empty: none
  std::shared_ptr<const Policy> trial;  // what it says; null without a path

  friend bool operator==(const PolicySource&, const PolicySource&) = default;
};

// docs/sessions.md.
struct Sessions {
  // The first one signs, all of them verify; none: derived from the first App's key.
  std::vector<SharedSecret> keys;

  friend bool operator==(const Sessions&, const Sessions&) = default;
};

// What happened, written down: docs/ledger.md.
struct Ledger {
  bool records = true;  // in the records' store
  std::string file;     // JSON lines there as well; "-": standard output; empty: none
  // A write waits until it is recorded, and does not happen if it cannot be.
  bool required = false;
  std::optional<Duration> keep = 24h * 90;  // in the records; nothing: for ever

  friend bool operator==(const Ledger&, const Ledger&) = default;
};

// Who is told of questions to persons: docs/approvals.md.
struct Approvals {
  std::string webhook_url;  // empty: nobody
  SharedSecret webhook_secret;

  friend bool operator==(const Approvals&, const Approvals&) = default;
};

// What GitHub tells by itself.
struct Webhooks {
  // Any of them may have signed; none: webhooks are not taken.
  std::vector<SharedSecret> secrets;
  // How often GitHub is asked for deliveries that failed; nothing: never.
  std::optional<Duration> poll_deliveries;

  friend bool operator==(const Webhooks&, const Webhooks&) = default;
};

// A shared object that hubwarden loads: docs/plugins.md.
struct Plugin {
  std::string name;
  std::string path;
  std::vector<std::pair<std::string, std::string>> options;  // in the file's order
  std::vector<std::string> hosts;  // without an App, whose tokens it may be asked for: "github.example.com"

  friend bool operator==(const Plugin&, const Plugin&) = default;
};

// What a workspace is told when it boots.
struct Boot {
  std::string url;         // where workspaces reach hubwarden; empty: the first address that can be told
  std::string token_file;  // where a workspace finds its own credential
  std::string credential_config;  // where git's helper finds its settings
  // GH_TOKEN and GITHUB_TOKEN override every later login in the workspace, and die after an hour.
  bool inject_token = false;

  friend bool operator==(const Boot&, const Boot&) = default;
};

struct RedisAddress {
  RedisAddress(std::string host_, std::uint16_t port_) : host(std::move(host_)), port(port_) {}

  std::string host;  // a name or an address without brackets; with port 0 the path of a Unix socket
  std::uint16_t port;

  friend bool operator==(const RedisAddress&, const RedisAddress&) = default;
};

// Where a Redis is.
struct RedisServer {
  enum class Kind { kSingle, kSentinel, kCluster };

  Kind kind = Kind::kSingle;
  std::vector<RedisAddress> addresses;  // the server, the sentinels, or some nodes of the cluster
  std::string master;                   // the name that the sentinels have for it
  bool is_tls = false;
  std::string user;  // empty: Redis' default user
  int database = 0;

  friend bool operator==(const RedisServer&, const RedisServer&) = default;
};

// What the replicas of a fleet share: docs/fleet.md.
struct Redis {
  std::optional<RedisServer> server;  // nothing: this replica is alone
  SharedSecret password;
  std::string sentinel_user;  // empty: the sentinels' default user
  SharedSecret sentinel_password;
  // The first one seals what lies in Redis, all of them open it; none: derived from the first App's key.
  std::vector<SharedSecret> seal_keys;
  std::string ca_file;      // PEM of the only authorities to trust; empty: the system's
  std::string certificate;  // PEM, our own; empty: none
  std::string key;

  friend bool operator==(const Redis&, const Redis&) = default;
};

struct Records {
  std::string path = "hubwarden.db";
  std::string url;        // of a PostgreSQL; empty: the SQLite file
  SharedSecret password;  // for it
  std::size_t connections = 4;

  friend bool operator==(const Records&, const Records&) = default;
};

struct Logging {
  obs::LogFormat format = obs::LogFormat::kText;
  obs::Severity level = obs::Severity::kInfo;

  friend bool operator==(const Logging&, const Logging&) = default;
};

struct Limits {
  std::size_t threads = 0;  // event loops; 0: one for each core
  std::size_t connections = 10'000;
  std::size_t connections_per_address = 2'500;  // trusted proxies and Unix sockets excepted; 0: no limit
  std::size_t body_bytes = 1024 * 1024;
  Duration header_timeout = 10s;   // from the first byte of a request to the end of its header block
  Duration body_timeout = 30s;     // between two pieces of a body
  Duration idle_timeout = 75s;     // between two requests of a connection
  Duration write_timeout = 30s;    // between two pieces of an answer
  Duration request_timeout = 25s;  // of a route, shorter than write_timeout
  Duration shutdown_grace = 30s;   // for what runs when the server is told to stop
  // In each minute, as many at once; 0: no limit.
  std::uint64_t requests_per_workspace = 6'000;
  std::uint64_t requests_per_address = 0;
  std::uint64_t failures_per_address = 60;  // requests whose credential nobody has

  friend bool operator==(const Limits&, const Limits&) = default;
};

struct Config {
  Listen listen;
  std::vector<App> apps;  // the `github` section's first; empty: no App is configured
  Outbound outbound;
  Tokens tokens;
  Operations operations;
  Fallback fallback;
  Admin admin;
  PolicySource policy;
  Sessions sessions;
  Ledger ledger;
  Approvals approvals;
  Webhooks webhooks;
  std::vector<Plugin> plugins;  // in the order in which they are asked
  Boot env;
  Redis redis;
  Records records;
  Logging log;
  Limits limits;

  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace hubwarden::config
