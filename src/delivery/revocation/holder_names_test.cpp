#include "delivery/revocation/holder_names.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/revocation_index.h"
#include "auth/session_principal.h"
#include "auth/workspace_principal.h"
#include "base/random.h"

namespace hubwarden::delivery {
namespace {

using store::Revocation;
using store::RevocationId;
using store::RevokedKind;
using ::testing::IsEmpty;

constexpr TimePoint kNow{std::chrono::seconds(1'800'000'000)};

// Of a few of each, so that many are about the same one.
class Some {
 public:
  explicit Some(std::uint32_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t count) { return random_.next() % count; }

  std::shared_ptr<const auth::Principal> session() {
    auth::Session made(auth::SessionId(below(2)), rules::Caller("ci", policy::Attributes()));
    made.agent = agent();
    for (std::uint64_t cuts = below(4); cuts > 0; --cuts) made.cuts.emplace_back(auth::CutId(below(3)));
    return std::make_shared<const auth::SessionPrincipal>(std::move(made), any_);
  }
  std::shared_ptr<const auth::Principal> workspace() {
    const std::vector<std::string_view> repositories = {"acme/widgets"};
    auto made = std::make_shared<const store::Workspace>(
        *policy::WorkspaceId::parse(workspace_id()), *policy::RepositoryList::parse(repositories),
        *policy::PermissionSet::parse("contents:read"), kNow);
    return std::make_shared<const auth::WorkspacePrincipal>(std::move(made), store::TokenId(0), nullptr);
  }
  Revocation revocation() {
    switch (below(4)) {
      case 0: return of(RevokedKind::kSession, to_text(auth::SessionId(below(2))));
      case 1: return of(RevokedKind::kAgent, agent());
      case 2: return of(RevokedKind::kWorkspace, workspace_id());
      default: break;
    }
    Revocation made = of(RevokedKind::kGrant, to_text(auth::CutId(below(3))));
    const std::string session = to_text(auth::SessionId(below(2)));
    switch (below(3)) {
      case 0: break;
      case 1: made.within = session; break;
      default: made.within = session + "/" + to_text(auth::CutId(below(3))); break;
    }
    return made;
  }

 private:
  static Revocation of(RevokedKind kind, std::string subject) {
    return Revocation(RevocationId(1), kind, std::move(subject), kNow);
  }
  std::string agent() { return below(2) == 0 ? "one" : "0000000000000001"; }
  std::string workspace_id() { return below(2) == 0 ? "one" : "0000000000000001"; }

  SeededRandom random_;
  const rules::Grant any_ = rules::Grant::of_operator(
      std::make_shared<const catalogue::OperationSet>(catalogue::OperationSet::all()));
};

TEST(HolderNamesTest, FindWhomARevocationEndsAndNobodyElse) {
  int ended = 0;
  for (std::uint32_t seed = 0; seed < 20'000; ++seed) {
    Some some(seed);
    const auto who = some.below(5) == 0 ? some.workspace() : some.session();
    const Revocation revocation = some.revocation();
    auth::RevocationIndex alone;
    alone.apply(revocation.id, revocation);
    const bool is_ended = !alone.check(*who);
    const std::vector<std::string> names = holder_names(*who);
    const bool is_found = std::ranges::find(names, *holder_name(revocation)) != names.end();
    ASSERT_EQ(is_found, is_ended) << *holder_name(revocation) << " of " << who->name();
    ended += is_ended ? 1 : 0;
  }
  EXPECT_GT(ended, 1000);
}

TEST(HolderNamesTest, AreNoneForTheOperatorAndForWhatIsReached) {
  EXPECT_THAT(holder_names(auth::OperatorPrincipal(std::nullopt)), IsEmpty());
  for (const RevokedKind kind : {RevokedKind::kRepository, RevokedKind::kApp, RevokedKind::kAll}) {
    EXPECT_FALSE(holder_name(Revocation(RevocationId(1), kind, "acme/widgets", kNow)));
  }
}

}  // namespace
}  // namespace hubwarden::delivery
