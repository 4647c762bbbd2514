#include "delivery/operations/links.h"

#include <gtest/gtest.h>

namespace hubwarden::delivery {
namespace {

const github::Host kHost = github::Host::github_com();
const policy::Repository kWidgets = *policy::Repository::parse("acme/widgets");

AskedOf issues(std::optional<RepositoryId> id = RepositoryId(42)) {
  return AskedOf(kHost, *catalogue::find("issues/list-for-repo"), kWidgets, id);
}

TEST(Links, LeadToTheSameRequestAtAnotherPage) {
  EXPECT_EQ(callers_links(R"(<https://api.github.com/repositories/42/issues?state=all&page=2>; rel="next", )"
                          R"(<https://api.github.com/repositories/42/issues?state=all&page=9>; rel="last")",
                          issues()),
            R"(</v1/proxy/github/rest?state=all&page=2>; rel="next", )"
            R"(</v1/proxy/github/rest?state=all&page=9>; rel="last")");
}

TEST(Links, MayNameTheRepositoryInstead) {
  EXPECT_EQ(
      callers_links(R"(<https://api.github.com/repos/Acme/Widgets/issues?after=Y3Vy%3D%3D>; rel="next")",
                    issues()),
      R"(</v1/proxy/github/rest?after=Y3Vy%3D%3D>; rel="next")");
}

TEST(Links, OfAnOrganizationsListsAreTakenByTheirNumber) {
  const AskedOf members(kHost, *catalogue::find("orgs/list-members"), kWidgets, std::nullopt);
  EXPECT_EQ(callers_links(R"(<https://api.github.com/organizations/7/members?page=2>; rel="next")", members),
            R"(</v1/proxy/github/rest?page=2>; rel="next")");
  EXPECT_EQ(callers_links(R"(<https://api.github.com/organizations/7/issues?page=2>; rel="next")", issues()),
            "");
}

TEST(Links, ThatLeadElsewhereAreLeftOut) {
  for (const char* link : {
           R"(<https://evil.example/repositories/42/issues?page=2>; rel="next")",
           R"(<http://api.github.com/repositories/42/issues?page=2>; rel="next")",
           R"(<https://api.github.com@evil.example/repositories/42/issues?page=2>; rel="next")",
           R"(<https://api.github.com/repositories/43/issues?page=2>; rel="next")",
           R"(<https://api.github.com/repos/acme/gadgets/issues?page=2>; rel="next")",
           R"(<https://api.github.com/repositories/42/pulls?page=2>; rel="next")",
           R"(<https://api.github.com/repositories/42/issues/../pulls?page=2>; rel="next")",
           R"(<https://api.github.com/repositories/42/issues?page=2>; rel="stylesheet")",
           R"(<https://api.github.com/repositories/42/issues?page=2>)",
           R"(<https://api.github.com/repositories/42/issues?page=x>; rel="next")",
           R"(<https://api.github.com/repositories/42/issues?page=2%0d%0aX:y>; rel="next")",
           "<",
           "<>",
           ">",
           "rel=next",
           "",
           "<https://api.github.com/repositories/42/issues?page=2",
       }) {
    EXPECT_EQ(callers_links(link, issues()), "") << link;
  }
}

TEST(Links, KeepWhatIsGoodAmongWhatIsNot) {
  EXPECT_EQ(callers_links(R"(<https://evil.example/x>; rel="prev", )"
                          R"(<https://api.github.com/repositories/42/issues?page=3>; title="a, b"; rel=next)",
                          issues()),
            R"(</v1/proxy/github/rest?page=3>; rel="next")");
}

TEST(Links, TellTheSameRepositoryByItsNumberWhereAskedTo) {
  EXPECT_TRUE(leads_to_the_same("/repositories/42/issues?page=2", issues(), Naming::kByIdAlone));
  EXPECT_FALSE(leads_to_the_same("/repositories/42/issues", issues(std::nullopt), Naming::kByIdAlone));
  EXPECT_FALSE(leads_to_the_same("/repos/acme/widgets/issues", issues(), Naming::kByIdAlone));
  EXPECT_TRUE(leads_to_the_same("/repos/acme/widgets/issues", issues(), Naming::kByIdOrName));
}

}  // namespace
}  // namespace hubwarden::delivery
