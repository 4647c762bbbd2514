// Records events in a ledger until it is killed, for ledger_crash_test.
// usage: ledger_writer DATABASE FILE NAME_PREFIX
//
// A line "done EVENT" when an event was acknowledged, in one write(2), so that what a reader has was
// acknowledged whatever happened next. Others are recorded beside them, for which nobody waits.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ledger/file_sink.h"
#include "ledger/ledger.h"
#include "ledger/record_sink.h"
#include "net/loops.h"
#include "net/system_timers.h"
#include "store/sqlite_store.h"

namespace hubwarden {
namespace {

constexpr int kCallers = 4;

void say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "ledger_writer: %s\n", result.error().message().c_str());
  std::exit(1);
}

ledger::Event event_about(std::string about) {
  ledger::Event event(ledger::EventKind::kOperation, SystemClock().now(),
                      ledger::Actor(ledger::ActorKind::kWorkspace, "agent-7"));
  event.about = std::move(about);
  return event;
}

void record_until_killed(ledger::Ledger& ledger, net::Loops& loops, const std::string& name) {
  for (int i = 0;; ++i) {
    const std::string about = name + "-" + std::to_string(i);
    ledger.record(event_about("unawaited"));
    if (!net::block_on(loops.next(), ledger.record_durably(event_about(about)))) std::exit(1);
    say("done " + about);
  }
}

int main_of(const std::string& database, const std::string& file, const std::string& prefix) {
  net::Loops loops(2);
  const auto records = must(store::SqliteStore::open(database));
  SystemClock clock;
  SystemRandom random;
  net::SystemTimers timers;
  obs::Metrics metrics;
  obs::NullLog log;
  std::vector<std::unique_ptr<ledger::Sink>> sinks;
  sinks.push_back(std::make_unique<ledger::RecordSink>(*records));
  sinks.push_back(must(ledger::FileSink::open(must(ledger::FilePattern::parse(file)), clock.now())));
  const ledger::SigningKey key(Secret("what the replicas share"));
  ledger::Ledger ledger({key, clock, timers, random, metrics, log}, std::move(sinks));
  loops.start();
  ledger.start(loops.next());
  std::vector<std::jthread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] { record_until_killed(ledger, loops, prefix + std::to_string(i)); });
  }
  callers.clear();
  return 0;
}

}  // namespace
}  // namespace hubwarden

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: ledger_writer DATABASE FILE NAME_PREFIX\n");
    return 2;
  }
  return hubwarden::main_of(argv[1], argv[2], argv[3]);
}
