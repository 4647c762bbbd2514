// Who holds a session's token: what it costs to say so for one whose signature was verified before, and for
// one that is seen for the first time.
//
// Each question is of another session. Prints a line for each time, as bench/run does; exit 1 if one is
// short.

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "auth/sessions.h"
#include "base/clock.h"
#include "base/random.h"
#include "bench/timing.h"
#include "rules/rules_fixture.h"

namespace {

using namespace hubwarden;
using std::chrono::hours;

constexpr int kRounds = 51;
constexpr std::size_t kSessions = 2'000;
constexpr double kMostWarm = 1'000;
constexpr double kMostCold = 1'000'000;  // it has an Ed25519 signature to verify

std::vector<Secret> materials() {
  std::vector<Secret> all;
  all.emplace_back("a secret for the benchmark");
  return all;
}

auth::AuthorityPtr authority() {
  auto made = std::make_shared<auth::Authority>(
      rules::Grant::of_operator(std::make_shared<const catalogue::OperationSet>()));
  made->rules =
      *rules::RuleBook::make({rules::rule_of("bots", rules::who_of("cluster", {{"namespace", "agents"}}),
                                             {"acme/*"}, {rules::may_do({"read"})})},
                             {});
  return made;
}

// As Kubernetes' are.
std::vector<Secret> tokens_of(const auth::SessionTokens& tokens, TimePoint now) {
  std::vector<Secret> all;
  for (std::size_t i = 0; i < kSessions; ++i) {
    auth::Session session(auth::SessionId(i + 1),
                          rules::caller_of("cluster", {{"subject", "system:serviceaccount:agents:review-bot"},
                                                       {"namespace", "agents"},
                                                       {"service_account", "review-bot"},
                                                       {"service_account_uid", "f2c1a5d0"},
                                                       {"pod", "review-bot-" + std::to_string(i)},
                                                       {"node", "worker-1"}}));
    session.agent = "review-bot";
    session.issued_at = std::chrono::floor<std::chrono::seconds>(now);
    session.expires_at = session.renewable_until = session.issued_at + hours(1);
    all.push_back(tokens.issue(session));
  }
  return all;
}

// Nanoseconds for one of them.
double time_of(const auth::Sessions& sessions, const std::vector<Secret>& tokens) {
  const double start = bench::cpu_time();
  for (const Secret& token : tokens) {
    if (!sessions.authenticate(token.reveal())) std::puts("a session was refused");
  }
  return (bench::cpu_time() - start) / static_cast<double>(tokens.size());
}

bool report(const char* name, double nanoseconds, double bound) {
  const bool is_quick = nanoseconds <= bound;
  std::printf("%s ns=%.0f bound=%g %s\n", name, nanoseconds, bound, is_quick ? "ok" : "short");
  return is_quick;
}

}  // namespace

int main() {
  bench::stay_on_one_core();
  SystemClock clock;
  SystemRandom random;
  auth::MemoryUsedTokens used(clock);
  const auth::RevocationIndex revoked;
  const auth::Sessions sessions({clock, random, used, revoked}, authority(),
                                auth::SessionTokens(materials()));
  const std::vector<Secret> tokens = tokens_of(auth::SessionTokens(materials()), clock.now());
  const double cold = time_of(sessions, tokens);
  std::vector<double> times;
  for (int round = 0; round < kRounds; ++round) times.push_back(time_of(sessions, tokens));
  const bool is_warm_quick = report("session-known", bench::median(times), kMostWarm);
  const bool is_cold_quick = report("session-new", cold, kMostCold);
  return is_warm_quick && is_cold_quick ? 0 : 1;
}
