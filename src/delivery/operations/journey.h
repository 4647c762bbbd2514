#pragma once

// One call's way to GitHub and back, with one alternative of the permissions that its operation needs.
//
//   Journey journey(parts, host, redirect_hosts, call, asker, scope, context);
//   Result<Performed> done = co_await journey.go(fields);
//
// For performer.cpp. Lives in its coroutine; what it is given outlives it.

#include <optional>
#include <string>
#include <vector>

#include "delivery/operations/performer.h"
#include "policy/permissions.h"

namespace hubwarden::delivery {

class Performer::Journey {
 public:
  Journey(const Parts& parts, const OperationHost& host, const std::vector<std::string>& redirect_hosts,
          const OperationCall& call, const Asker& asker, const policy::PermissionSet& scope,
          http::CallContext context);

  net::Task<Result<Performed>> go(http::Fields fields);

  static constexpr int kMaxRedirects = 3;

 private:
  class Leg;

  net::Task<Result<>> get_ready();
  bool take_token();  // if it is at hand
  net::Task<Result<>> get_token();
  net::Task<Result<Leg>> ask_once(const github::RestRequest& request);
  // Until GitHub's word is final.
  net::Task<Result<Leg>> ask(const github::RestRequest& request);
  net::Task<Result<Leg>> follow(github::RestRequest request, Leg leg);
  net::Task<Result<Leg>> fetch(std::string url);
  net::Task<Result<>> confirm_pull_request(std::int64_t number);
  AskedOf asked_of() const;
  Performed arrive(Leg leg) const;

  Parts parts_;
  OperationHost host_;
  const std::vector<std::string>& redirect_hosts_;
  const OperationCall& call_;
  const Asker& asker_;
  const tokens::TokenAsk wanted_;
  const http::CallContext context_;
  tokens::TokenPtr token_;
};

}  // namespace hubwarden::delivery
