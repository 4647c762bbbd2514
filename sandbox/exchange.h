#pragma once

// One REST request on its way through the sandbox, and what its route decides.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/random.h"
#include "sandbox/access.h"
#include "sandbox/answers.h"
#include "sandbox/call.h"
#include "sandbox/routes.h"

namespace hubwarden::sandbox {

// What is left to do in a repository on disk once a request has been found good.
struct ReadContents {
  ReadContents(RepositoryId repository_, std::string path_, std::string ref_)
      : repository(repository_), path(std::move(path_)), ref(std::move(ref_)) {}
  RepositoryId repository;
  std::string path;  // "" is the root
  std::string ref;
};

struct Person {
  Person(std::string name_, std::string email_) : name(std::move(name_)), email(std::move(email_)) {}
  std::string name;
  std::string email;
};

struct WriteContents {
  WriteContents(RepositoryId repository_, std::string path_, Person author_)
      : repository(repository_), path(std::move(path_)), author(std::move(author_)) {}
  RepositoryId repository;
  std::string path;
  Person author;
  std::string message;
  std::string content;
  std::string branch;
  std::string start;                    // the branch that a new one leaves; "": there must be one
  std::optional<std::string> replaces;  // the blob that the caller believes is there
};

class GitStore;
struct Context;

// An operation that asks git more than once: a coroutine, which starts when the repository is on disk. The
// world may have changed whenever it comes back from git.
struct GitStep {
  net::Task<http::Response> (*run)(GitStore& store, Context context);
};

using Step = std::variant<http::Response, ReadContents, WriteContents, GitStep>;

class Exchange {
 public:
  explicit Exchange(Call call_, TimePoint now_) : call(std::move(call_)), now(now_) {}

  Call call;
  TimePoint now;  // the sandbox's clock, without the skew
  const Route* route = nullptr;
  Parameters parameters;
  std::optional<std::string> repository_number;  // of a path /repositories/{id}/…
  std::optional<AppId> app;                      // the caller is an App with its JWT
  std::optional<Access> access;                  // the caller has an installation token
  std::optional<RepositoryId> repository;
  std::string window;                  // whose limits it counts against; "" for none
  std::string_view resource = "core";  // which of them
  std::string party;  // who is told to wait, as far as the credentials say before they are checked
  std::optional<InstallationId> installation;  // the token's, before it has been checked
  std::optional<TimePoint> locked_until;       // by a secondary limit, as it was when the request arrived
  std::optional<Quota> quota;
  std::string version;  // of the API

  bool reads() const { return call.method == http::Method::kGet || call.method == http::Method::kHead; }
  std::string docs() const {
    return std::string(kRestDocs) + (route ? std::string(route->docs) : std::string());
  }
  http::Response refuse(int status, std::string_view message) const {
    return error_answer(status, message, docs());
  }
  http::Response not_found() const { return refuse(404, "Not Found"); }
  // What the path says for `{name}`; the route has it.
  const std::string& parameter(std::string_view name) const { return parameters.find(name)->second; }
};

// What a route is given.
struct Context {
  State& state;
  Random& random;
  Exchange& exchange;

  Render render() const { return {state.world, state.urls}; }
  Repository& repository() const { return *state.world.repository(*exchange.repository); }
};

}  // namespace hubwarden::sandbox
