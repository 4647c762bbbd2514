#pragma once

// What the ledger's tests have in common: a key, events, histories of several replicas, and their
// verification.

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/secret.h"
#include "base/text.h"
#include "ledger/chain.h"
#include "ledger/verifier.h"

namespace hubwarden::ledger {

constexpr TimePoint kNoon{std::chrono::seconds(1'790'000'000)};

inline const SigningKey& test_key() {
  static const SigningKey key(Secret("what the replicas share"));
  return key;
}

inline VerifyingKeys test_keys() {
  return VerifyingKeys::parse({test_key().public_text()}).value();
}

inline Event plain_event(TimePoint at = kNoon) {
  return Event(EventKind::kMint, at, Actor(ActorKind::kHubwarden));
}

inline Event full_event() {
  Event event(EventKind::kOperation, kNoon + std::chrono::microseconds(1234),
              Actor(ActorKind::kWorkload, "system:serviceaccount:agents:review-7"));
  event.error = ErrorCode::kForbidden;
  event.times = 3;
  event.duration = std::chrono::microseconds(12'345);
  event.session = 0x0123456789abcdef;
  event.workspace = *policy::WorkspaceId::parse("agent-7");
  event.handle = store::HandleId(7);
  event.host = *policy::HostName::parse("ghe.example.com:8443");
  event.repository = *policy::Repository::parse("Acme/Widgets");
  event.permissions = *policy::PermissionSet::parse("contents:read,issues:write");
  event.fingerprint = crypto::fingerprint(Secret("ghs_abc"));
  event.agent = "review-7";
  event.rule = "review-bots";
  event.operation = "issues/create-comment";
  event.about = "a \"quoted\" thing \\ with a back slash, ü and 🦊";
  event.request_id = "01J00000000000000000000000";
  event.github_request_id = "D1C2:3F4A:1B2C3D:4E5F60:671A2B3C";
  return event;
}

// All kinds, now and then with one of a few tokens.
inline Event random_event(Random& random, TimePoint at) {
  Event event(static_cast<EventKind>(random.below(16)), at,
              Actor(static_cast<ActorKind>(random.below(5)), "agent-" + std::to_string(random.below(9))));
  if (random.below(2) == 0) event.repository = *policy::Repository::parse("acme/widgets");
  if (random.below(3) == 0) {
    event.fingerprint = crypto::fingerprint(Secret("ghs_" + std::to_string(random.below(4))));
  }
  if (random.below(4) == 0) event.error = ErrorCode::kRateLimited;
  return event;
}

// Some replicas that start one after the other, write by turns and end in order or not. Each start names all
// heads that there are then.
class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed) {
    const std::uint64_t replicas = 1 + random_.below(4);
    for (std::uint64_t i = 0; i < replicas; ++i) {
      start();
      for (std::uint64_t left = random_.below(12); left > 0; --left) write();
    }
  }

  const std::vector<std::string>& lines() const { return lines_; }  // each with its newline
  const std::map<ReplicaId, LedgerHead>& heads() const { return heads_; }
  std::string text() const { return joined(lines_); }
  static std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += line;
    return out;
  }

 private:
  void start() {
    std::vector<LedgerHead> known;
    for (const auto& [replica, head] : heads_) known.push_back(head);
    chains_.emplace_back(ReplicaId(random_.next()), test_key());
    extend(chains_.back(), {ChainStarted(tick(), std::move(known))});
  }

  // By one of those that run.
  void write() {
    if (chains_.empty()) return;
    const std::size_t at = random_.below(chains_.size());
    std::vector<Body> bodies;
    for (std::uint64_t left = 1 + random_.below(3); left > 0; --left)
      bodies.emplace_back(random_event(random_, tick()));
    if (random_.below(5) == 0) bodies.emplace_back(Checkpoint(tick()));
    if (random_.below(9) == 0) bodies.emplace_back(EventsLost(tick(), 3));
    const bool ends = random_.below(8) == 0;
    if (ends) bodies.emplace_back(ChainEnded(tick()));
    extend(chains_[at], bodies);
    if (ends) chains_.erase(chains_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  void extend(Chain& chain, const std::vector<Body>& bodies) {
    const store::LedgerSegment segment = chain.extend(bodies);
    std::vector<std::string_view> each = split(segment.lines, '\n');
    each.pop_back();
    for (const std::string_view line : each) lines_.push_back(std::string(line) + "\n");
    heads_.insert_or_assign(segment.replica, LedgerHead(segment.replica, segment.last, segment.hash));
  }

  TimePoint tick() { return now_ += std::chrono::milliseconds(7); }

  SeededRandom random_;
  TimePoint now_ = kNoon;
  std::vector<Chain> chains_;
  std::map<ReplicaId, LedgerHead> heads_;
  std::vector<std::string> lines_;
};

inline Report verified(std::string_view text) {
  Verifier verifier(test_keys());
  verifier.feed(text);
  return verifier.finish();
}

// Also what was known before of the ends of chains.
inline Report verified(std::string_view text, const std::map<ReplicaId, LedgerHead>& heads) {
  Verifier verifier(test_keys());
  for (const auto& [replica, head] : heads) verifier.expect(head);
  verifier.feed(text);
  return verifier.finish();
}

}  // namespace hubwarden::ledger
