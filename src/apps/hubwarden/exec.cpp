#include "apps/hubwarden/exec.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "apps/git-credential-hubwarden/bearer.h"
#include "apps/git-credential-hubwarden/commands.h"
#include "apps/git-credential-hubwarden/settings.h"
#include "apps/hubwarden/child.h"
#include "apps/hubwarden/exec_variables.h"
#include "apps/hubwarden/exit_status.h"
#include "apps/hubwarden/git_command.h"
#include "apps/hubwarden/program_files.h"
#include "apps/hubwarden/remote.h"
#include "apps/hubwarden/token_keeper.h"
#include "base/text.h"

namespace hubwarden::apps {
namespace {

using git_credential::Bearer;
using git_credential::Question;
using git_credential::RemoteBroker;
using git_credential::Settings;
using git_credential::Token;

constexpr int kNoToken = 125;
constexpr std::size_t kMaxComplaint = 600;

void complain(const Error& error) {
  std::string line = error.message();
  if (error.retry_after()) line += "; again in " + std::to_string(error.retry_after()->count()) + " s";
  std::fprintf(stderr, "hubwarden exec: %s\n", printable(line, kMaxComplaint).c_str());
}

Result<Settings> read_settings(const ExecOptions& options) {
  std::string named = options.settings_file;
  if (named.empty()) {
    const Result<GitAnswer> listed = run_git({"config", "--list", "-z"});
    if (listed) named = settings_file_of(parse_config_list(listed->output, ConfigListing::kPlain));
  }
  const Result<std::string> file = git_credential::find_settings_file(named);
  if (!file) return std::unexpected(file.error());
  return git_credential::read_settings(*file);
}

Result<Question> choose(const ExecOptions& options, const Settings& settings) {
  std::string host = settings.hosts.front();
  const std::optional<Question> here = current_repository(settings);
  if (here) host = here->host;
  if (!options.host.empty()) {
    Result<std::string> named = git_credential::parse_host(options.host);
    if (!named) return std::unexpected(named.error());
    host = std::move(*named);
  }
  if (!options.repository.empty()) {
    Result<policy::Repository> repository = policy::Repository::parse(options.repository);
    if (!repository) return std::unexpected(repository.error());
    return Question(host, std::move(*repository));
  }
  if (here && here->host == host) return *here;
  return fail(
      ErrorCode::kInvalidRequest,
      "no repository around this directory whose origin is on a host of the settings; name one with --repo");
}

Result<> check(const ExecOptions& options) {
  if (options.command.empty()) return fail(ErrorCode::kInvalidRequest, "no command; it stands behind --");
  for (const std::string& name : options.variables) {
    const Result<> checked = check_variable(name);
    if (!checked) return checked;
  }
  return {};
}

Result<Token> ask(const Question& question, const Settings& settings, Bearer& bearer) {
  const SystemClock clock;
  SystemRandom random;
  git_credential::SystemSleeper sleeper;
  RemoteBroker broker(settings, bearer, clock);
  git_credential::World world(clock, random, sleeper, broker);
  return git_credential::get(question, nullptr, world).token;
}

// setenv(3) copies; the copy is the command's.
void set(const std::string& name, std::string_view value) {
  setenv(name.c_str(), std::string(value).c_str(), 1);
}

void fill_environment(const ExecOptions& options, const Question& question, const Token& token) {
  const std::string host = question.github_host();
  for (const std::string& name : token_variables(host)) set(name, token.value.reveal());
  for (const std::string& name : options.variables) set(name, token.value.reveal());
  if (host == "github.com") {
    unsetenv("GH_HOST");
  } else {
    set("GH_HOST", host);
  }
  if (!options.repository.empty()) set("GH_REPO", host + "/" + question.repository.shown());
}

int take_place(const std::vector<std::string>& command) {
  std::vector<std::string> words = command;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execvp(pointers.front(), pointers.data());
  const int error = errno;
  std::fprintf(stderr, "hubwarden exec: %s: %s\n", words.front().c_str(), std::strerror(error));
  return not_run_status(error);
}

int run_beside_file(const ExecOptions& options, const Question& question, const Settings& settings,
                    Bearer& bearer, const Token& token) {
  Result<TokenFile> file = TokenFile::make();
  const Result<> written = file ? file->replace(token.value) : std::unexpected(file.error());
  if (!written) {
    complain(written.error());
    return kNoToken;
  }
  set("HUBWARDEN_TOKEN_FILE", file->path());
  const Child::Signals signals = Child::hold_signals();
  TokenKeeper keeper(question, settings, bearer, std::move(*file), token.expires_at);
  const Result<Child> child = Child::start(options.command, signals);
  if (!child) {
    complain(child.error());
    return child.error().code() == ErrorCode::kNotFound ? kNotFoundStatus : kNotRunStatus;
  }
  const int ended = child->see_through(signals);
  keeper.stop();
  return end_like(ended, signals);
}

}  // namespace

int run_exec(const ExecOptions& options) {
  const Result<> checked = check(options);
  if (!checked) {
    complain(checked.error());
    return kWrongUsage;
  }
  const Result<Settings> settings = read_settings(options);
  if (!settings) {
    complain(settings.error());
    return kNoToken;
  }
  const Result<Question> question = choose(options, *settings);
  if (!question) {
    complain(question.error());
    return kWrongUsage;
  }
  Result<Bearer> bearer = Bearer::find(settings->token_file);
  if (!bearer) {
    complain(bearer.error());
    return kNoToken;
  }
  const Result<Token> token = ask(*question, *settings, *bearer);
  if (!token) {
    complain(token.error());
    return kNoToken;
  }
  fill_environment(options, *question, *token);
  if (!options.keeps_file) return take_place(options.command);
  return run_beside_file(options, *question, *settings, *bearer, *token);
}

}  // namespace hubwarden::apps
