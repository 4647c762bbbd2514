#include "apps/hubwarden/setup_git.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "apps/git-credential-hubwarden/bearer.h"
#include "apps/git-credential-hubwarden/settings.h"
#include "apps/hubwarden/git_command.h"
#include "apps/hubwarden/helper_chain.h"
#include "apps/hubwarden/locked_file.h"
#include "apps/hubwarden/program_files.h"
#include "base/text.h"

namespace hubwarden::apps {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
constexpr int kWrongSettings = 3;
constexpr std::string_view kTitle = "# Written by `hubwarden setup-git`.\n";

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
}
void warn(const std::string& line) {
  std::fprintf(stderr, "hubwarden setup-git: %s\n", line.c_str());
}

int stop(const Error& error, int status) {
  warn(error.message());
  return status;
}

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string home() {
  return environment("HOME");
}

std::string xdg_config() {
  const std::string named = environment("XDG_CONFIG_HOME");
  return named.starts_with('/') ? named : home() + "/.config";
}

bool exists(const std::string& file) {
  return access(file.c_str(), F_OK) == 0;
}

// The options with their defaults, checked.
struct Plan {
  Plan() = default;
  std::string git_file;
  std::string settings_file;
  std::string settings_text;
  std::string helper;
  std::vector<std::string> hosts;      // "https://github.com"
  std::vector<ConfigEntry> preceding;  // of files that git reads before git_file
};

// The rule of git-config(1): ~/.gitconfig, unless there is none and there is the other.
std::string global_file() {
  const std::string named = environment("GIT_CONFIG_GLOBAL");
  if (!named.empty()) return named;
  const std::string classic = home() + "/.gitconfig";
  const std::string modern = xdg_config() + "/git/config";
  return !exists(classic) && exists(modern) ? modern : classic;
}

Result<std::string> find_git_file(const SetupGitOptions& options) {
  if (options.target == SetupGitOptions::Target::kFile) return options.git_file;
  if (options.target == SetupGitOptions::Target::kGlobal) return global_file();
  const Result<GitAnswer> answer = run_git({"rev-parse", "--git-path", "config"});
  if (!answer) return std::unexpected(answer.error());
  if (answer->status != 0) return fail(ErrorCode::kInvalidRequest, "this is not a git repository");
  return answer->output.substr(0, answer->output.find('\n'));
}

// What git reads before the file that is changed: its helpers come before that file's.
std::vector<ConfigEntry> read_preceding(const SetupGitOptions& options, const std::string& git_file) {
  if (options.target == SetupGitOptions::Target::kFile) return {};
  const Result<GitAnswer> answer =
      run_git({"-C", "/", "config", "--list", "-z", "--show-scope", "--show-origin"});
  if (!answer || answer->status != 0) return {};
  std::vector<ConfigEntry> entries = parse_config_list(answer->output, ConfigListing::kWithOrigin);
  const auto end = std::ranges::find_if(entries, [&](const ConfigEntry& entry) {
    return (entry.scope != "system" && entry.scope != "global") || entry.origin == "file:" + git_file;
  });
  entries.erase(end, entries.end());
  return entries;
}

bool has_control(const SetupGitOptions& options) {
  std::string all = options.address + options.workspace + options.token_file + options.ca_file +
                    options.settings_file + options.program + options.git_file;
  for (const std::string& host : options.hosts) all += host;
  for (const std::string& repository : options.repositories) all += repository;
  return printable(all, all.size()) != all;
}

std::string settings_text(const SetupGitOptions& options) {
  std::string text(kTitle);
  const auto add = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) text.append(key).append(" = ").append(value).append("\n");
  };
  add("address", options.address);
  add("workspace", options.workspace);
  add("token_file", options.token_file);
  for (const std::string& host : options.hosts) add("host", host);
  for (const std::string& repository : options.repositories) add("repository", repository);
  add("ca_file", options.ca_file);
  return text;
}

Result<Plan> make_plan(const SetupGitOptions& options) {
  if (has_control(options)) return fail(ErrorCode::kInvalidRequest, "a control character in an option");
  Plan plan;
  Result<std::string> git_file = find_git_file(options);
  if (!git_file) return std::unexpected(git_file.error());
  plan.git_file = std::move(*git_file);
  plan.settings_file =
      options.settings_file.empty() ? xdg_config() + "/hubwarden/credential" : options.settings_file;
  Result<std::string> program = options.program.empty() ? program_beside_us() : options.program;
  if (!program) return std::unexpected(program.error());
  const bool is_absolute = program->starts_with('/') && plan.settings_file.starts_with('/');
  if (!is_absolute) {
    return fail(ErrorCode::kInvalidRequest, "the program and its settings file must be given from / on");
  }
  plan.helper = helper_line(*program, plan.settings_file);
  for (const std::string& host : options.hosts) {
    Result<std::string> url = git_credential::parse_host(host);
    if (!url) return std::unexpected(url.error());
    plan.hosts.push_back(std::move(*url));
  }
  if (plan.hosts.empty()) plan.hosts.emplace_back("https://github.com");
  plan.preceding = read_preceding(options, plan.git_file);
  return plan;
}

// `git config --file DRAFT …`; its exit status 5 means that there was nothing to unset.
Result<std::string> edit(const LockedFile& file, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"config", "--file", file.draft()});
  Result<GitAnswer> answer = run_git(arguments);
  if (!answer) return std::unexpected(answer.error());
  constexpr int kNothingToUnset = 5;
  if (answer->status != 0 && answer->status != kNothingToUnset) {
    return fail(ErrorCode::kInternal, "git cannot change " + file.target());
  }
  return std::move(answer->output);
}

Result<std::vector<ConfigEntry>> read_entries(const LockedFile& file) {
  const Result<std::string> listed = edit(file, {"--includes", "--list", "-z"});
  if (!listed) return std::unexpected(listed.error());
  return parse_config_list(*listed, ConfigListing::kPlain);
}

std::vector<ConfigEntry> joined(std::vector<ConfigEntry> first, const std::vector<ConfigEntry>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Result<void> set_helpers(const LockedFile& file, const std::string& key,
                         const std::vector<std::string>& values) {
  const Result<std::string> unset = edit(file, {"--unset-all", key});
  if (!unset) return std::unexpected(unset.error());
  for (const std::string& value : values) {
    const Result<std::string> added = edit(file, {"--add", key, value});
    if (!added) return std::unexpected(added.error());
  }
  return {};
}

void warn_about(const std::vector<std::string>& chain, const std::string& host) {
  for (const std::string& helper : chain) {
    if (!keeps_passwords(helper)) continue;
    warn("git will also tell \"" + helper_name(helper) + "\" the tokens for " + host +
         ", which keeps them beyond their hour; remove it for this host if nothing else needs it");
  }
}

Result<void> install_host(const LockedFile& file, const Plan& plan, const std::string& host) {
  const Result<std::vector<ConfigEntry>> entries = read_entries(file);
  if (!entries) return std::unexpected(entries.error());
  const auto is_path_set = [&](const ConfigEntry& entry) {
    return entry.key == path_key(host) && entry.value == "true";
  };
  if (std::ranges::none_of(*entries, is_path_set)) {
    const Result<std::string> set =
        edit(file, {"--replace-all", "credential." + host + ".useHttpPath", "true"});
    if (!set) return std::unexpected(set.error());
  }
  const std::vector<std::string> chain = helper_chain(joined(plan.preceding, *entries), host);
  warn_about(chain, host);
  const auto count = std::ranges::count_if(chain, is_hubwarden);
  if (count == 1 && chain.front() == plan.helper) return {};
  return set_helpers(file, helper_key(host), values_with(plan.helper, chain));
}

Result<void> remove_host(const LockedFile& file, const Plan& plan, const std::string& host) {
  const Result<std::vector<ConfigEntry>> entries = read_entries(file);
  if (!entries) return std::unexpected(entries.error());
  std::vector<std::string> values;
  std::vector<ConfigEntry> others = plan.preceding;
  for (const ConfigEntry& entry : *entries) {
    if (entry.key == helper_key(host)) {
      values.push_back(entry.value);
    } else {
      others.push_back(entry);
    }
  }
  if (std::ranges::none_of(values, is_hubwarden)) return {};
  const auto kept = values_without_hubwarden(values, helper_chain(others, host));
  const Result<void> set = set_helpers(file, helper_key(host), kept);
  if (!set) return set;
  // With helpers of its own the host may have had the path for them; without any it was for us.
  if (!kept.empty()) return {};
  const Result<std::string> unset = edit(file, {"--unset-all", path_key(host)});
  if (!unset) return std::unexpected(unset.error());
  return {};
}

Result<void> change_git(const SetupGitOptions& options, const Plan& plan) {
  const bool is_install = options.action == SetupGitOptions::Action::kInstall;
  if (!is_install && !exists(plan.git_file)) return {};
  Result<LockedFile> file = LockedFile::open(plan.git_file);
  if (!file) return std::unexpected(file.error());
  for (const std::string& host : plan.hosts) {
    const Result<void> changed =
        is_install ? install_host(*file, plan, host) : remove_host(*file, plan, host);
    if (!changed) return changed;
  }
  const Result<LockedFile::Change> change = file->commit();
  if (!change) return std::unexpected(change.error());
  const bool is_new = *change == LockedFile::Change::kReplaced;
  say(plan.git_file + (is_new ? ": changed" : ": nothing to change"));
  return {};
}

// Every directory above `file`, for this user alone where it has to be made.
void make_directories(const std::string& file) {
  for (std::size_t at = file.find('/', 1); at != std::string::npos; at = file.find('/', at + 1)) {
    mkdir(file.substr(0, at).c_str(), S_IRWXU);
  }
}

Result<void> write_settings(const Plan& plan) {
  make_directories(plan.settings_file);
  Result<LockedFile> file = LockedFile::open(plan.settings_file);
  if (!file) return std::unexpected(file.error());
  const Result<void> written = file->write(plan.settings_text);
  if (!written) return written;
  const Result<LockedFile::Change> change = file->commit();
  if (!change) return std::unexpected(change.error());
  const bool is_new = *change == LockedFile::Change::kReplaced;
  say(plan.settings_file + (is_new ? ": written" : ": nothing to change"));
  return {};
}

// Only what this program wrote.
void remove_settings(const Plan& plan) {
  const Result<std::string> text = read_file(plan.settings_file);
  if (!text || !text->starts_with(kTitle)) return;
  if (unlink(plan.settings_file.c_str()) == 0) say(plan.settings_file + ": removed");
}

// The hosts that the settings name, so that undoing needs no options.
void take_hosts(const Plan& plan, SetupGitOptions& options) {
  const auto settings = git_credential::read_settings(plan.settings_file);
  if (settings && options.hosts.empty()) options.hosts = settings->hosts;
}

int install(const SetupGitOptions& options, Plan& plan) {
  plan.settings_text = settings_text(options);
  const auto settings = git_credential::parse_settings(plan.settings_text, plan.settings_file);
  if (!settings) return stop(settings.error(), kWrongSettings);
  const Result<git_credential::Bearer> bearer = git_credential::Bearer::find(settings->token_file);
  if (!bearer) warn(bearer.error().message());
  // The settings first: a git that runs in between already finds what its helper needs.
  const Result<void> written = write_settings(plan);
  if (!written) return stop(written.error(), kFailed);
  const Result<void> changed = change_git(options, plan);
  return changed ? 0 : stop(changed.error(), kFailed);
}

int remove(SetupGitOptions options, const Plan& plan) {
  take_hosts(plan, options);
  const Result<Plan> with_hosts = make_plan(options);
  if (!with_hosts) return stop(with_hosts.error(), kWrongUsage);
  const Result<void> changed = change_git(options, *with_hosts);
  if (!changed) return stop(changed.error(), kFailed);
  remove_settings(plan);
  return 0;
}

}  // namespace

int run_setup_git(const SetupGitOptions& options) {
  Result<Plan> plan = make_plan(options);
  if (!plan) return stop(plan.error(), kWrongUsage);
  if (options.action == SetupGitOptions::Action::kRemove) return remove(options, *plan);
  return install(options, *plan);
}

}  // namespace hubwarden::apps
