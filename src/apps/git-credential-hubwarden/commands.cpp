#include "apps/git-credential-hubwarden/commands.h"

#include <time.h>

#include <algorithm>
#include <cerrno>

namespace hubwarden::git_credential {
namespace {

constexpr Duration kFirstLook = std::chrono::milliseconds(1);
constexpr Duration kLongestLook = std::chrono::milliseconds(25);

// flock(2) knows no deadline, so that the lock is looked at again and again, ever less often. Nothing when
// somebody else keeps it, or when the file must not be used, which becomes a warning.
std::optional<RecordFile::Lock> lock(RecordFile& record, World& world, std::vector<std::string>& warnings) {
  const SteadyPoint deadline = world.clock.steady_now() + world.lock_patience;
  Duration pause = kFirstLook;
  while (true) {
    Result<std::optional<RecordFile::Lock>> got = record.try_lock();
    if (!got) {
      warnings.push_back(got.error().message());
      return std::nullopt;
    }
    const SteadyPoint now = world.clock.steady_now();
    if (*got || now >= deadline) return std::move(*got);
    world.sleeper.sleep_until(std::min(now + pause, deadline));
    pause = std::min(pause * 2, kLongestLook);
  }
}

Token token_of(const Record& record) {
  return Token(record.token.clone(), record.expires);
}

// What hubwarden said is about itself or GitHub being away, not about this workspace or this repository.
bool is_absence(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kRateLimited:
    case ErrorCode::kUpstreamProtocol:
    case ErrorCode::kUpstreamUnavailable:
    case ErrorCode::kUpstreamTimeout:
    case ErrorCode::kUnavailable:
    case ErrorCode::kInternal: return true;
    default: return false;
  }
}

Result<Token> ask(const Question& question, Attempts attempts, World& world) {
  while (true) {
    Result<Token> token = world.broker.ask(question, attempts.deadline());
    if (token) {
      const bool is_dead = token->expires_at && *token->expires_at <= world.clock.now();
      if (!is_dead) return token;
      return fail(ErrorCode::kUpstreamProtocol,
                  "its token has expired by this machine's clock: check the clock");
    }
    const auto again = attempts.next(token.error(), world.clock.steady_now(), world.random);
    if (!again) return token;
    world.sleeper.sleep_until(*again);
  }
}

void keep(RecordFile& record, const Token& token, const RecordFile::Lock& lock, const Clock& clock) {
  if (token.expires_at) {
    record.replace(Record(token.value.clone(), clock.now(), *token.expires_at), lock);
  } else {
    record.forget(lock);
  }
}

}  // namespace

void SystemSleeper::sleep_until(SteadyPoint when) {
  const auto since = when.time_since_epoch();
  const auto whole = std::chrono::floor<std::chrono::seconds>(since);
  const timespec at{whole.count(), (since - whole).count()};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
  }
}

Outcome get(const Question& question, RecordFile* record, World& world) {
  const SteadyPoint start = world.clock.steady_now();
  std::vector<std::string> warnings;
  std::optional<RecordFile::Lock> held;
  std::optional<Record> last;
  if (record != nullptr) {
    held = lock(*record, world, warnings);
    last = record->read();
  }
  const auto answer = [&](Result<Token> token) {
    Outcome outcome(std::move(token));
    outcome.warnings = std::move(warnings);
    return outcome;
  };
  const TimePoint now = world.clock.now();
  if (last && spares_asking(*last, now)) return answer(token_of(*last));

  const bool can_bridge = last && bridges_absence(*last, now);
  const auto fallback = can_bridge ? Attempts::Fallback::kAtHand : Attempts::Fallback::kNone;
  const SteadyPoint begin = can_bridge ? world.clock.steady_now() : start;
  Result<Token> token = ask(question, Attempts(world.patience, begin, fallback), world);
  if (token && held) keep(*record, *token, *held, world.clock);
  if (token) return answer(std::move(token));
  if (can_bridge && is_absence(token.error())) return answer(token_of(*last));
  if (held && !is_absence(token.error())) record->forget(*held);
  return answer(std::move(token));
}

Result<void> erase(const Secret& token, RecordFile* record, World& world) {
  std::vector<std::string> warnings;
  std::optional<RecordFile::Lock> held;
  if (record != nullptr) held = lock(*record, world, warnings);
  // Forgotten first, told second, both under the lock: a `get` in between waits, and asks a hubwarden that
  // knows.
  if (held) {
    const std::optional<Record> last = record->read();
    if (last && last->token == token) record->forget(*held);
  }
  return world.broker.report(token, world.clock.steady_now() + world.patience.with_fallback);
}

}  // namespace hubwarden::git_credential
