#pragma once

// Shared holdings in one process: those who share one of these behave like replicas that share Redis.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "tokens/shared_holdings.h"

namespace hubwarden::tokens {

// Thread-safe.
class MemorySharedHoldings final : public SharedHoldings {
 public:
  void note(std::vector<std::string> holders, const HeldToken& held,
            const std::vector<std::string>&) override {
    auto notes = notes_.lock();
    for (std::string& holder : holders) {
      (*notes)[{held.host, std::move(holder)}].insert_or_assign(held.token->fingerprint(), held);
    }
  }

  net::Task<Swept> of(std::string host, std::string holder) override {
    Swept found;
    for (const auto& [fingerprint, held] : (*notes_.lock())[{host, holder}]) found.taken.push_back(held);
    co_return found;
  }

  void lose() { notes_.lock()->clear(); }

 private:
  using Holder = std::pair<std::string, std::string>;  // at a host
  Guarded<std::map<Holder, std::map<std::string, HeldToken>>> notes_;
};

}  // namespace hubwarden::tokens
