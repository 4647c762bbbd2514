#include "apps/hubwarden/setup_git.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "apps/hubwarden/git_command.h"

namespace hubwarden::apps {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string slurp(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// A home of its own with the real git.
class SetupGit : public testing::Test {
 protected:
  SetupGit() {
    std::string pattern = (fs::temp_directory_path() / "setup_git_XXXXXX").string();
    home_ = mkdtemp(pattern.data());
    setenv("HOME", home_.c_str(), 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    for (const char* name : {"XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_DIR", "GIT_CONFIG_COUNT",
                             "HUBWARDEN_WORKSPACE_TOKEN", "HUBWARDEN_WORKSPACE_TOKEN_FILE"}) {
      unsetenv(name);
    }
    write(home_ / "token", "hwt_secret\n");
    chmod((home_ / "token").c_str(), 0600);
    options_.address = "unix:/run/hubwarden/hubwarden.sock";
    options_.workspace = "agent-7";
    options_.token_file = home_ / "token";
    options_.program = "/usr/bin/git-credential-hubwarden";
  }
  ~SetupGit() override { fs::remove_all(home_); }

  void write(const fs::path& file, const std::string& text) const {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  fs::path config() const { return home_ / ".gitconfig"; }
  fs::path settings() const { return home_ / ".config/hubwarden/credential"; }
  std::string helper() const { return "/usr/bin/git-credential-hubwarden --config " + settings().string(); }
  int remove() {
    options_.action = SetupGitOptions::Action::kRemove;
    return run_setup_git(options_);
  }
  static std::string git(const std::vector<std::string>& arguments) { return run_git(arguments)->output; }
  static std::string helpers() {
    return git({"config", "--global", "--get-all", "credential.https://github.com.helper"});
  }

  fs::path home_;
  SetupGitOptions options_;
};

TEST_F(SetupGit, WritesTheHelperThePathAndTheSettings) {
  ASSERT_EQ(run_setup_git(options_), 0);
  EXPECT_EQ(helpers(), "\n" + helper() + "\n");
  EXPECT_EQ(git({"config", "--global", "credential.https://github.com.useHttpPath"}), "true\n");
  EXPECT_EQ(slurp(settings()),
            "# Written by `hubwarden setup-git`.\naddress = unix:/run/hubwarden/hubwarden.sock\n"
            "workspace = agent-7\ntoken_file = " +
                options_.token_file + "\n");
  EXPECT_EQ(fs::status(settings()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(SetupGit, DoneTwiceChangesNoByte) {
  write(config(), "[user]\n\tname = A\n[credential]\n\thelper = store\n# the end\n");
  ASSERT_EQ(run_setup_git(options_), 0);
  const std::string once = slurp(config());
  const std::string settings_once = slurp(settings());
  const auto written = fs::last_write_time(config());
  ASSERT_EQ(run_setup_git(options_), 0);
  EXPECT_EQ(slurp(config()), once);
  EXPECT_EQ(slurp(settings()), settings_once);
  EXPECT_EQ(fs::last_write_time(config()), written);
}

TEST_F(SetupGit, KeepsWhatIsThereAndAsksItAfterHubwarden) {
  const std::string before = "[user]\n\tname = A ; keep\n[credential]\n\thelper = store\n# the end\n";
  write(config(), before);
  ASSERT_EQ(run_setup_git(options_), 0);
  EXPECT_TRUE(slurp(config()).starts_with(before));
  EXPECT_EQ(helpers(), "\n" + helper() + "\nstore\n");
}

TEST_F(SetupGit, WarnsAboutAHelperThatWouldKeepTheToken) {
  write(config(), "[credential]\n\thelper = store --file /x\n");
  testing::internal::CaptureStderr();
  ASSERT_EQ(run_setup_git(options_), 0);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("\"store\""));
}

TEST_F(SetupGit, ReplacesAnOlderSetupOfItself) {
  ASSERT_EQ(run_setup_git(options_), 0);
  options_.program = "/opt/hubwarden/git-credential-hubwarden";
  ASSERT_EQ(run_setup_git(options_), 0);
  EXPECT_EQ(helpers(), "\n/opt/hubwarden/git-credential-hubwarden --config " + settings().string() + "\n");
}

TEST_F(SetupGit, UndoneLeavesTheBytesThatWereThere) {
  for (const std::string before :
       {"", "[user]\n\tname = A\n", "[credential]\n\thelper = store\n",
        "[credential \"https://gitlab.com\"]\n\thelper = x\n[credential]\n\thelper = y\n"}) {
    write(config(), before);
    options_.action = SetupGitOptions::Action::kInstall;
    ASSERT_EQ(run_setup_git(options_), 0);
    ASSERT_EQ(remove(), 0);
    EXPECT_EQ(slurp(config()), before);
    EXPECT_FALSE(fs::exists(settings()));
  }
}

TEST_F(SetupGit, UndoneKeepsTheHostsOwnHelpers) {
  write(config(),
        "[credential \"https://github.com\"]\n\tuseHttpPath = true\n\thelper = !gh auth git-credential\n");
  const std::string before = slurp(config());
  ASSERT_EQ(run_setup_git(options_), 0);
  EXPECT_EQ(helpers(), "\n" + helper() + "\n!gh auth git-credential\n");
  ASSERT_EQ(remove(), 0);
  EXPECT_EQ(slurp(config()), before);
}

TEST_F(SetupGit, UndoneWithoutHavingBeenDoneDoesNothing) {
  write(config(), "[credential \"https://github.com\"]\n\thelper = \n\thelper = mine\n");
  const std::string before = slurp(config());
  write(settings(), "workspace = somebody-else\n");
  EXPECT_EQ(remove(), 0);
  EXPECT_EQ(slurp(config()), before);
  EXPECT_TRUE(fs::exists(settings()));
}

TEST_F(SetupGit, ServesSeveralHosts) {
  options_.hosts = {"github.com", "http://127.0.0.1:8080"};
  ASSERT_EQ(run_setup_git(options_), 0);
  EXPECT_EQ(git({"config", "--global", "credential.http://127.0.0.1:8080.useHttpPath"}), "true\n");
  options_.hosts.clear();
  ASSERT_EQ(remove(), 0);
  EXPECT_EQ(slurp(config()), "");
}

TEST_F(SetupGit, WritesToAFileOfItsOwnOrToTheRepository) {
  options_.target = SetupGitOptions::Target::kFile;
  options_.git_file = home_ / "elsewhere";
  ASSERT_EQ(run_setup_git(options_), 0);
  EXPECT_THAT(slurp(options_.git_file), HasSubstr(helper()));
  EXPECT_FALSE(fs::exists(config()));

  git({"init", "-q", (home_ / "repository").string()});
  const fs::path back = fs::current_path();
  fs::current_path(home_ / "repository");
  options_.target = SetupGitOptions::Target::kLocal;
  const int status = run_setup_git(options_);
  fs::current_path(back);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(slurp(home_ / "repository/.git/config"), HasSubstr(helper()));
}

TEST_F(SetupGit, FollowsALinkAndKeepsIt) {
  write(home_ / "dotfiles/gitconfig", "[user]\n\tname = A\n");
  fs::create_symlink(home_ / "dotfiles/gitconfig", config());
  ASSERT_EQ(run_setup_git(options_), 0);
  EXPECT_TRUE(fs::is_symlink(config()));
  EXPECT_THAT(slurp(home_ / "dotfiles/gitconfig"), HasSubstr(helper()));
}

TEST_F(SetupGit, WaitsForNobodyWhoHoldsGitsLock) {
  write(config(), "[user]\n\tname = A\n");
  write(home_ / ".gitconfig.lock", "");
  EXPECT_EQ(run_setup_git(options_), 1);
  EXPECT_EQ(slurp(config()), "[user]\n\tname = A\n");
  EXPECT_TRUE(fs::exists(home_ / ".gitconfig.lock"));
}

TEST_F(SetupGit, LeavesABrokenConfigurationAsItIs) {
  write(config(), "[credential\n");
  EXPECT_EQ(run_setup_git(options_), 1);
  EXPECT_EQ(slurp(config()), "[credential\n");
  EXPECT_FALSE(fs::exists(home_ / ".gitconfig.lock"));
}

struct Wrong {
  std::string name;
  void (*spoil)(SetupGitOptions&);
  int status;
};

class WrongOptions : public SetupGit, public testing::WithParamInterface<Wrong> {};

TEST_P(WrongOptions, ChangeNothing) {
  GetParam().spoil(options_);
  EXPECT_EQ(run_setup_git(options_), GetParam().status);
  EXPECT_FALSE(fs::exists(config()));
  EXPECT_FALSE(fs::exists(settings()));
}

INSTANTIATE_TEST_SUITE_P(
    SetupGit, WrongOptions,
    testing::Values(
        Wrong{"NoAddress", [](SetupGitOptions& o) { o.address.clear(); }, 3},
        Wrong{"PlainHttpElsewhere", [](SetupGitOptions& o) { o.address = "http://hubwarden.example"; }, 3},
        Wrong{"BadWorkspace", [](SetupGitOptions& o) { o.workspace = "../admin"; }, 3},
        Wrong{"RelativeTokenFile", [](SetupGitOptions& o) { o.token_file = "token"; }, 3},
        Wrong{"InjectedLine", [](SetupGitOptions& o) { o.workspace = "w\nhost = evil.example"; }, 2},
        Wrong{"HostWithAPath", [](SetupGitOptions& o) { o.hosts = {"github.com/acme"}; }, 2},
        Wrong{"PlainHost", [](SetupGitOptions& o) { o.hosts = {"http://github.com"}; }, 2},
        Wrong{"RelativeProgram", [](SetupGitOptions& o) { o.program = "helper"; }, 2}),
    [](const auto& wrong) { return wrong.param.name; });

}  // namespace
}  // namespace hubwarden::apps
