#include "apps/hubwarden/doctor_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "apps/hubwarden/doctor_report.h"

namespace hubwarden::apps {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

ConfigEntry helper(std::string value) {
  return {"global", "file:/home/agent/.gitconfig", "credential.helper", std::move(value)};
}

ServerLink link(std::string name, std::string state, std::string error = "", std::string fix = "operator") {
  ServerLink made;
  made.name = std::move(name);
  made.state = std::move(state);
  made.error = std::move(error);
  made.message = "because";
  made.fix = std::move(fix);
  return made;
}

Seen well() {
  Seen seen;
  seen.git.program = "/usr/bin/git-credential-hubwarden";
  seen.git.has_program = true;
  seen.git.host = "https://github.com";
  seen.git.chain = {helper("/usr/bin/git-credential-hubwarden --config /etc/c"), helper("store")};
  seen.git.tells_path = true;
  seen.settings_file = "/etc/c";
  seen.address = "unix:/run/hubwarden.sock";
  for (const char* name : {"github", "app-key", "clock", "installation", "permissions", "mint"}) {
    seen.links.push_back(link(name, "ok"));
  }
  return seen;
}

TEST(DoctorVerdict, FindsNothingWhenAllIsWell) {
  EXPECT_FALSE(first_broken(well()));
  EXPECT_EQ(exit_status(Link::kHelper), 10);
  EXPECT_EQ(exit_status(Link::kGit), 24);
}

struct Broken {
  std::string_view link;
  std::function<void(Seen&)> how;
  std::string_view cause;
  std::string_view remedy;
};

void break_server(Seen& seen, std::string_view name, std::string error, std::string fix = "operator") {
  for (ServerLink& each : seen.links) {
    if (each.name == name) each = link(std::string(name), "broken", error, fix);
  }
}

const std::vector<Broken>& table() {
  static const std::vector<Broken> rows = {
      {"helper", [](Seen& s) { s.git.trouble = "git: No such file"; }, "No such file", "install git"},
      {"helper", [](Seen& s) { s.git.has_program = false; }, "/usr/bin/git-credential-hubwarden",
       "setup-git"},
      {"git-config", [](Seen& s) { s.git.chain.clear(); }, "nobody else", "setup-git"},
      {"git-config", [](Seen& s) { s.git.chain.erase(s.git.chain.begin()); },
       "\"store\" (file:", "setup-git"},
      {"git-config", [](Seen& s) { std::swap(s.git.chain[0], s.git.chain[1]); }, "another helper first",
       "before the others"},
      {"git-path", [](Seen& s) { s.git.tells_path = false; }, "which repository", "useHttpPath true"},
      {"settings", [](Seen& s) { s.settings_trouble = "/etc/c:3: unknown key"; }, "/etc/c:3", "/etc/c"},
      {"workspace-token", [](Seen& s) { s.token_trouble = "others may read it"; }, "others", "rotate"},
      {"hubwarden", [](Seen& s) { s.unreached = Error(ErrorCode::kUnavailable, "connect: refused"); },
       "refused", "`address`"},
      {"hubwarden",
       [](Seen& s) {
         s.unreached = Error(ErrorCode::kUnavailable, "certificate: x").with_fix(Fix::kOperator);
       },
       "certificate", "ca_file"},
      {"hubwarden", [](Seen& s) { s.unready = "records: away"; }, "records: away", "log"},
      {"hubwarden", [](Seen& s) { s.refusal = Error(ErrorCode::kRateLimited, "too many"); }, "too many",
       "wait"},
      {"identity", [](Seen& s) { s.refusal = Error(ErrorCode::kUnauthenticated, "no"); }, "unauthenticated",
       "rotate"},
      {"grant", [](Seen& s) { s.refusal = Error(ErrorCode::kForbidden, "not among"); }, "not among",
       "register"},
      {"github", [](Seen& s) { break_server(s, "github", "upstream_unavailable", "wait"); }, "because",
       "proxy"},
      {"github", [](Seen& s) { break_server(s, "github", "rate_limited", "wait"); }, "rate_limited", "wait"},
      {"app-key", [](Seen& s) { break_server(s, "app-key", "upstream_auth"); }, "upstream_auth",
       "belong together"},
      {"app-key", [](Seen& s) { break_server(s, "app-key", "not_configured"); }, "not_configured",
       "configure"},
      {"clock", [](Seen& s) { break_server(s, "clock", "upstream_auth"); }, "upstream_auth", "NTP"},
      {"clock", [](Seen& s) { s.clock_ahead = 20min; }, "20m ahead of GitHub's", "NTP"},
      {"clock", [](Seen& s) { s.clock_ahead = -5min; }, "5m behind GitHub's", "NTP"},
      {"installation", [](Seen& s) { break_server(s, "installation", "app_not_installed"); }, "app_not",
       "install"},
      {"installation", [](Seen& s) { break_server(s, "installation", "installation_suspended"); },
       "suspended", "unsuspend"},
      {"permissions", [](Seen& s) { break_server(s, "permissions", "permission_not_granted"); },
       "not_granted", "grant"},
      {"mint", [](Seen& s) { break_server(s, "mint", "upstream_unavailable", "wait"); }, "unavailable",
       "wait"},
      {"git", [](Seen& s) { s.git_trouble = "fatal: no"; }, "fatal: no", "insteadOf"},
  };
  return rows;
}

TEST(DoctorVerdict, NamesTheLinkItsCauseAndItsRemedy) {
  for (const Broken& row : table()) {
    SCOPED_TRACE(std::string(row.link) + ": " + std::string(row.cause));
    Seen seen = well();
    row.how(seen);
    const std::optional<Finding> finding = first_broken(seen);
    ASSERT_TRUE(finding);
    EXPECT_EQ(to_string(finding->link), row.link);
    EXPECT_THAT(finding->cause, HasSubstr(std::string(row.cause)));
    EXPECT_THAT(finding->remedy, HasSubstr(std::string(row.remedy)));
  }
}

bool is_refusal(const Broken& row) {
  return row.link == "hubwarden" || row.link == "identity" || row.link == "grant";
}

TEST(DoctorVerdict, NamesTheFirstOfTwo) {
  for (const Broken& first : table()) {
    for (const Broken& second : table()) {
      // Refusals are one answer of hubwarden's: there are no two.
      const bool is_one = is_refusal(first) && is_refusal(second);
      if (first.link == second.link || is_one) continue;
      Seen seen = well();
      first.how(seen);
      const Link expected = first_broken(seen)->link;
      second.how(seen);
      EXPECT_LE(first_broken(seen)->link, expected) << first.link << " and " << second.link;
    }
  }
}

TEST(DoctorReport, MarksWhatIsWholeBrokenAndNotLookedAt) {
  Report report;
  report.host = "https://github.com";
  report.repository = "acme/widgets";
  report.finding.emplace(Link::kSettings, "/etc/c:3: unknown key", "put it right");
  report.notes = {"a note"};
  const std::string text = report_text(report);
  EXPECT_THAT(text, HasSubstr("acme/widgets on https://github.com\n  ok      helper\n"));
  EXPECT_THAT(text, HasSubstr("  BROKEN  settings         /etc/c:3: unknown key\n"));
  EXPECT_THAT(text, HasSubstr("remedy: put it right\n  -       workspace-token\n"));
  EXPECT_THAT(text, HasSubstr("note: a note\n"));
  EXPECT_THAT(report_json(report), HasSubstr(R"("broken":{"link":"settings","exit_status":13,"cause":)"));
  report.finding.reset();
  EXPECT_THAT(report_text(report), Not(HasSubstr("  - ")));
  EXPECT_THAT(report_json(report), HasSubstr(R"("ok":true)"));
}

}  // namespace
}  // namespace hubwarden::apps
