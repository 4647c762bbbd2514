// Changes workspaces until it is killed, for records_crash_test.
// usage: records_writer DATABASE NAME_PREFIX SEED
//
// A line "try CHANGE WORKSPACE" before each change, and "done CHANGE WORKSPACE [TOKEN_ID [TOKEN]]" once it
// was acknowledged; each in one write(2), so that what a reader has was acknowledged whatever happened next.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "auth/workspaces.h"
#include "base/text.h"
#include "store/sqlite_store.h"
#include "tests/support/run_task.h"

namespace hubwarden {
namespace {

using policy::WorkspaceId;
using test::run;

// Few and long-lived enough that a token is rotated and revoked several times before its workspace goes.
constexpr std::size_t kMaxAtOnce = 12;

struct Live {
  std::string name;
  std::vector<store::TokenId> tokens;
};

void say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "records_writer: %s\n", result.error().message().c_str());
  std::exit(1);
}

class Writer {
 public:
  Writer(auth::Workspaces& workspaces, std::string prefix, std::uint64_t seed)
      : workspaces_(workspaces), prefix_(std::move(prefix)), random_(seed) {}

  void step() {
    if (live_.empty() || (live_.size() < kMaxAtOnce && random_.below(4) == 0)) return create();
    const std::size_t at = random_.below(live_.size());
    Live& chosen = live_[at];
    if (random_.below(12) == 0) return remove(at);
    if (chosen.tokens.size() > 1 && random_.below(2) == 0) return revoke(chosen);
    rotate(chosen);
  }

 private:
  void create() {
    constexpr std::string_view kRepositories[] = {"acme/widgets", "acme/gadgets"};
    const std::string name = prefix_ + std::to_string(made_++);
    say("try create " + name);
    const auto created = must(run(workspaces_.create(must(WorkspaceId::parse(name)),
                                                     must(policy::RepositoryList::parse(kRepositories)),
                                                     must(policy::PermissionSet::parse("contents:write")))));
    say(fmt::format("done create {} {} {}", name, store::to_text(created.id()), created.token().reveal()));
    live_.push_back({name, {created.id()}});
  }

  void rotate(Live& chosen) {
    if (chosen.tokens.size() == store::kMaxLiveTokens) return revoke(chosen);
    say("try rotate " + chosen.name);
    const auto added = must(run(workspaces_.rotate(must(WorkspaceId::parse(chosen.name)))));
    say(fmt::format("done rotate {} {} {}", chosen.name, store::to_text(added.id()), added.token().reveal()));
    chosen.tokens.push_back(added.id());
  }

  void revoke(Live& chosen) {
    const std::size_t at = random_.below(chosen.tokens.size());
    const store::TokenId token = chosen.tokens[at];
    const std::string change = fmt::format("revoke {} {}", chosen.name, store::to_text(token));
    say("try " + change);
    if (!run(workspaces_.revoke(must(WorkspaceId::parse(chosen.name)), token))) std::exit(1);
    say("done " + change);
    chosen.tokens.erase(chosen.tokens.begin() + static_cast<std::ptrdiff_t>(at));
  }

  void remove(std::size_t at) {
    const std::string name = live_[at].name;
    say("try remove " + name);
    if (!run(workspaces_.remove(must(WorkspaceId::parse(name))))) std::exit(1);
    say("done remove " + name);
    live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  auth::Workspaces& workspaces_;
  std::string prefix_;
  SeededRandom random_;
  std::vector<Live> live_;
  int made_ = 0;
};

int main_of(const std::string& database, const std::string& prefix, std::uint64_t seed) {
  const auto records = must(store::SqliteStore::open(database));
  SystemClock clock;
  SystemRandom random;
  auth::Workspaces workspaces(*records, *records, clock, random);
  if (!run(workspaces.load())) return 1;
  Writer writer(workspaces, prefix, seed);
  for (;;) writer.step();
}

}  // namespace
}  // namespace hubwarden

int main(int argc, char** argv) {
  const auto seed = argc == 4 ? hubwarden::parse_number<std::uint64_t>(argv[3]) : std::nullopt;
  if (!seed) {
    std::fprintf(stderr, "usage: records_writer DATABASE NAME_PREFIX SEED\n");
    return 2;
  }
  return hubwarden::main_of(argv[1], argv[2], *seed);
}
