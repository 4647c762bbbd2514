// The ledger that docs/ledger.md shows is what this version writes.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "ledger/ledger_fixture.h"

namespace hubwarden::ledger {
namespace {

std::string example(const std::string& name) {
  std::ifstream file(std::string(HUBWARDEN_LEDGER_EXAMPLE) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Second by second.
class Example {
 public:
  std::string text() {
    Chain first(ReplicaId(1), key);
    const std::string start = first.extend({ChainStarted(tick(), {})}).lines;
    const store::LedgerSegment rest =
        first.extend({session_opened(), minted(EventKind::kMint, "first token"), delivered("first token", 1),
                      operation("issues/create-comment", std::nullopt), revocation(), ChainEnded(tick())});
    Chain second(ReplicaId(2), key);
    const LedgerHead head(rest.replica, rest.last, rest.hash);
    const std::string later = second.extend({ChainStarted(tick(), {head})}).lines;
    const std::string more =
        second
            .extend({minted(EventKind::kRefresh, "second token"), delivered("second token", 3),
                     operation("issues/update", ErrorCode::kForbidden)})
            .lines;
    return start + rest.lines + later + more;
  }

  const SigningKey key{Secret("an example, and no secret")};

 private:
  TimePoint tick() { return now_ += std::chrono::seconds(1); }

  Event event(EventKind kind, Actor actor) {
    Event out(kind, tick(), std::move(actor));
    out.request_id = "01J9XV7Q4T000000000000000" + std::to_string(++requests_);
    return out;
  }
  static Actor workload() { return Actor(ActorKind::kWorkload, "system:serviceaccount:agents:review-7"); }

  Event session_opened() {
    Event out = event(EventKind::kSessionOpened, workload());
    out.agent = "review-7";
    out.rule = "review-bots";
    out.session = 0x0123456789abcdef;
    return out;
  }
  Event minted(EventKind kind, std::string_view token) {
    Event out(kind, tick(), Actor(ActorKind::kHubwarden));
    out.duration = std::chrono::milliseconds(212);
    out.fingerprint = crypto::fingerprint(Secret("ghs_" + std::string(token)));
    out.permissions = *policy::PermissionSet::parse("contents:read,metadata:read");
    out.repository = *policy::Repository::parse("acme/widgets");
    return out;
  }
  Event delivered(std::string_view token, std::uint64_t times) {
    Event out = event(EventKind::kTokenDelivered, Actor(ActorKind::kWorkspace, "agent-7"));
    out.fingerprint = crypto::fingerprint(Secret("ghs_" + std::string(token)));
    out.repository = *policy::Repository::parse("acme/widgets");
    out.times = times;
    out.workspace = *policy::WorkspaceId::parse("agent-7");
    return out;
  }
  Event operation(std::string_view id, std::optional<ErrorCode> error) {
    Event out = event(EventKind::kOperation, workload());
    out.agent = "review-7";
    out.error = error;
    out.operation = id;
    out.repository = *policy::Repository::parse("acme/widgets");
    out.rule = "review-bots";
    out.session = 0x0123456789abcdef;
    return out;
  }
  Event revocation() {
    Event out = event(EventKind::kRevocation, Actor(ActorKind::kAdmin));
    out.session = 0x0123456789abcdef;
    return out;
  }

  TimePoint now_ = kNoon;
  int requests_ = 0;
};

TEST(Example, IsWhatThisVersionWrites) {
  EXPECT_EQ(example("ledger.jsonl"), Example().text());
  EXPECT_EQ(example("public-key"), Example().key.public_text() + "\n");
}

}  // namespace
}  // namespace hubwarden::ledger
