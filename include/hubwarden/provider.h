#pragma once

// Providers: what a workspace finds in its environment when it boots, and where tokens may come from beside
// the App. Those in shared objects have the C interface of <hubwarden/plugin.h>; this is the one that
// hubwarden itself speaks.
//
//   class Team final : public EnvProvider {
//     std::string_view name() const override { return "team"; }
//     net::Task<Result<BootEnvironment>> add_to(BootEnvironment so_far, BootingWorkspace,
//                                               SteadyPoint) override {
//       const Result<> set = so_far.set("TEAM", Secret("red"));
//       if (!set) co_return std::unexpected(set.error());
//       co_return std::move(so_far);
//     }
//   };
//
// Threads: called on any loop, several times at once. Nothing may block; what does belongs on a worker.
// Lifetime: until the last call has ended, which may be after the registry went.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "net/task.h"
#include "policy/names.h"
#include "policy/permissions.h"
#include "policy/repository_list.h"
#include "policy/workspace_id.h"

namespace hubwarden::providers {

// Variables with their values, any of which may be a secret.
class BootEnvironment {
 public:
  // Far more than a boot needs, and well below what execve takes: 128 KiB for one, 2 MiB for all.
  static constexpr std::size_t kMaxVariables = 256;
  static constexpr std::size_t kMaxName = 128;
  static constexpr std::size_t kMaxValue = 64 * 1024;
  static constexpr std::size_t kMaxBytes = 256 * 1024;
  using Variables = std::map<std::string, Secret, std::less<>>;

  BootEnvironment() = default;

  const Variables& variables() const { return variables_; }
  std::optional<std::string_view> find(std::string_view name) const;
  // Adds or replaces. Refused, with a message that never holds the value: a name that is not
  // [A-Za-z_][A-Za-z0-9_]*, a value that is not UTF-8 or has a NUL, what is beyond the bounds. `unavailable`,
  // fix: operator.
  Result<> set(std::string_view name, Secret value);
  void remove(std::string_view name);

 private:
  Variables variables_;
  std::size_t bytes_ = 0;
};

struct BootingWorkspace {
  BootingWorkspace(policy::WorkspaceId id_, policy::RepositoryList repositories_,
                   policy::PermissionSet permissions_)
      : id(std::move(id_)), repositories(std::move(repositories_)), permissions(std::move(permissions_)) {}

  policy::WorkspaceId id;
  policy::RepositoryList repositories;
  policy::PermissionSet permissions;
};

// What a token is wanted for. Whoever wants it may have this much.
struct TokenWish {
  TokenWish(std::string host_, std::vector<policy::Repository> repositories_,
            std::optional<policy::PermissionSet> permissions_, Duration min_ttl_)
      : host(std::move(host_)),
        repositories(std::move(repositories_)),
        permissions(std::move(permissions_)),
        min_ttl(min_ttl_) {}

  std::string host;                                  // "github.com"
  std::vector<policy::Repository> repositories;      // none: all that there are
  std::optional<policy::PermissionSet> permissions;  // nothing: all that there are
  Duration min_ttl;                                  // it has to live so long at least
};

struct ProvidedToken {
  ProvidedToken(Secret value_, TimePoint expires_at_) : value(std::move(value_)), expires_at(expires_at_) {}

  Secret value;          // printable ASCII without blanks, quotes and backslashes
  TimePoint expires_at;  // TimePoint::max(): never
};

// The part that only some have.
class TokenProvider {
 public:
  virtual ~TokenProvider() = default;
  virtual bool has_tokens_for(std::string_view host) const = 0;
  // No wider than the wish, and never an expired one. `not_configured` when there is none for this wish.
  virtual net::Task<Result<ProvidedToken>> token(TokenWish wish, SteadyPoint deadline) = 0;
};

class EnvProvider {
 public:
  virtual ~EnvProvider() = default;
  // For messages; does not change.
  virtual std::string_view name() const = 0;
  // What there was, with this provider's changes. An error ends the boot.
  virtual net::Task<Result<BootEnvironment>> add_to(BootEnvironment so_far, BootingWorkspace workspace,
                                                    SteadyPoint deadline) = 0;
  // Null: it has no tokens. Lives as long as this.
  virtual TokenProvider* token_provider() { return nullptr; }
};

}  // namespace hubwarden::providers
