#pragma once

// Providers of a test's own, and the workspace that boots.

#include <hubwarden/provider.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace hubwarden::providers {

inline constexpr TimePoint kNow{std::chrono::seconds(1'800'000'000)};

inline BootingWorkspace agent_7() {
  const std::vector<std::string_view> repositories = {"acme/widgets", "acme/gadgets"};
  return {*policy::WorkspaceId::parse("agent-7"), *policy::RepositoryList::parse(repositories),
          *policy::PermissionSet::parse("contents:write,issues:read")};
}

inline TokenWish wish_of(std::string host, Duration min_ttl = Duration::zero()) {
  return {std::move(host),
          {*policy::Repository::parse("acme/widgets")},
          *policy::PermissionSet::parse("contents:read"),
          min_ttl};
}

// Does what the test says, without waiting.
class FakeProvider final : public EnvProvider, public TokenProvider {
 public:
  explicit FakeProvider(std::string name) : name_(std::move(name)) {}

  std::function<Result<>(BootEnvironment&)> change = [](BootEnvironment&) -> Result<> { return {}; };
  std::string host;  // empty: it has no tokens
  std::function<Result<ProvidedToken>()> answer;
  std::atomic<int> asked{0};

  std::string_view name() const override { return name_; }
  net::Task<Result<BootEnvironment>> add_to(BootEnvironment so_far, BootingWorkspace, SteadyPoint) override {
    ++asked;
    const Result<> changed = change(so_far);
    if (!changed) co_return std::unexpected(changed.error());
    co_return std::move(so_far);
  }
  TokenProvider* token_provider() override { return host.empty() ? nullptr : this; }
  bool has_tokens_for(std::string_view wanted) const override { return wanted == host; }
  net::Task<Result<ProvidedToken>> token(TokenWish, SteadyPoint) override {
    ++asked;
    Result<ProvidedToken> token = answer();
    co_return token;
  }

 private:
  std::string name_;
};

}  // namespace hubwarden::providers
