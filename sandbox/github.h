#pragma once

// GitHub in a process: REST and git over HTTP on one handler, over a state that tests and the control port
// change.
//
//   GitHub github(directory, clock, random, timers);
//   const AccountId acme = *github.state().world.add_account("acme", true);
//   …
//   http::Response answer = github.answer(std::move(call));   // no sockets: REST but for file contents
//   Server server(loops, github, …);                          // or all of it, behind a server
//   github.stop();                                            // on its loop, before that stops
//
// Time is the clock's: with a ManualClock an hour passes when the test says so. Threads: one loop's.

#include <filesystem>

#include "base/random.h"
#include "http/handler.h"
#include "sandbox/api.h"
#include "sandbox/git_http.h"
#include "sandbox/git_store.h"
#include "sandbox/state.h"

namespace hubwarden::sandbox {

// A file that is asked to be committed.
struct FileToCommit {
  FileToCommit(RepositoryId repository_, std::string path_, std::string content_)
      : repository(repository_), path(std::move(path_)), content(std::move(content_)) {}
  RepositoryId repository;
  std::string path;
  std::string content;
  std::string branch;  // the default one when empty
  std::string start;   // the branch that a new one leaves
};

class GitHub final : public http::Handler {
 public:
  // A request's body in memory.
  static constexpr std::size_t kMaxRestBody = 16 * 1024 * 1024;
  // A push, which is streamed to git: GitHub's own bound.
  static constexpr std::uint64_t kMaxPack = 2ULL * 1024 * 1024 * 1024;

  // Repositories are kept under `directory`, which exists.
  GitHub(std::filesystem::path directory, const Clock& clock, Random& random, net::Timers& timers);

  http::Reply handle(http::Request& request) override;

  // One REST request, answered at once. Faults apply, but for latency. What needs git (files,
  // opening pull requests) is answered 503.
  http::Response answer(Call call);

  // One commit with one file, by nobody in particular: for seeding.
  net::Task<Result<>> commit_file(FileToCommit file);

  State& state() { return state_; }
  GitStore& store() { return store_; }
  Random& random() { return random_; }
  const Clock& clock() const { return clock_; }
  void stop() { store_.children().stop(); }

 private:
  net::Task<http::Response> serve_rest(http::Request& request, Call call);
  net::Task<http::Response> carry_out(Exchange& exchange);
  net::Task<http::Response> read_contents(Exchange& exchange, ReadContents wanted);
  net::Task<http::Response> write_contents(Exchange& exchange, WriteContents wanted);
  net::Task<http::Response> serve_git_request(http::Request& request, Call call, GitTarget target);
  net::Task<http::Response> decide_and_serve_git(http::Request& request, Call& call, const GitTarget& target);
  http::Response finish_git(http::Response answer, const Call& call, const GitTarget& target);
  net::Task<> wait(Duration latency);
  std::optional<Fault> take_fault(const std::string& route, const Call& call);

  const Clock& clock_;
  Random& random_;
  net::Timers& timers_;
  State state_;
  GitStore store_;
  Api api_;
};

}  // namespace hubwarden::sandbox
