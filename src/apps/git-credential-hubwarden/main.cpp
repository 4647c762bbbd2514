// git-credential-hubwarden: git's credential helper. See settings.h for the file and commands.h for what
// happens.
//
//   git config credential.https://github.com.helper "/usr/bin/git-credential-hubwarden --config FILE"
//
// On standard output an answer or nothing; on standard error at most a line per problem. Exit status: 0
// answered or not our business, 1 failed, 2 wrong usage, 3 configuration. git goes on to its next helper
// whatever it is.

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "apps/git-credential-hubwarden/bearer.h"
#include "apps/git-credential-hubwarden/broker.h"
#include "apps/git-credential-hubwarden/commands.h"
#include "apps/git-credential-hubwarden/question.h"
#include "apps/git-credential-hubwarden/record_file.h"
#include "apps/git-credential-hubwarden/settings.h"
#include "base/text.h"
#include "wire/credential.h"

namespace hubwarden::git_credential {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
constexpr int kWrongConfiguration = 3;
constexpr int kInputPatience = 10'000;  // milliseconds between two pieces of git's request
constexpr std::size_t kMaxComplaint = 600;

constexpr std::string_view kUsage =
    "usage: git-credential-hubwarden [--config FILE] get|store|erase\n"
    "git runs it; `hubwarden setup-git` tells git to.\n";

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void complain(std::string_view why) {
  const std::string line = "git-credential-hubwarden: " + printable(why, kMaxComplaint) + "\n";
  static_cast<void>(write_all(STDERR_FILENO, line));
}

struct Arguments {
  std::string config;
  std::string operation;
};

std::optional<Arguments> read_arguments(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view value = values[i];
    if (value == "--config" && i + 1 < count) {
      arguments.config = values[++i];
    } else if (value.starts_with("--config=")) {
      arguments.config = value.substr(9);
    } else if (value.starts_with('-') || !arguments.operation.empty()) {
      return std::nullopt;
    } else {
      arguments.operation = value;
    }
  }
  if (arguments.operation.empty()) return std::nullopt;
  return arguments;
}

// git's request up to its blank line or end; what is cut or too long is left to the parser to refuse.
std::string read_input() {
  std::string text;
  while (text.size() <= wire::kMaxCredentialInput && !wire::is_complete_credential(text)) {
    pollfd waiting{STDIN_FILENO, POLLIN, 0};
    const int ready = poll(&waiting, 1, kInputPatience);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return {};
    char buffer[4096];
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
    explicit_bzero(buffer, sizeof buffer);
  }
  return text;
}

std::optional<wire::CredentialRequest> read_request() {
  std::string text = read_input();
  auto request = wire::parse_credential(text);
  wipe(text);
  if (!request) return std::nullopt;
  return std::move(*request);
}

std::optional<RecordFile> open_record(const Settings& settings, const Question& question) {
  if (!settings.keeps_record) return std::nullopt;
  Result<UniqueFd> directory = open_record_directory();
  if (!directory) {
    complain(directory.error().message());
    return std::nullopt;
  }
  return RecordFile(std::move(*directory), settings.address.shown() + ' ' + settings.workspace.text() + ' ' +
                                               question.host + ' ' + question.repository.key());
}

void complain_about(const Error& error, const Question& question, const Settings& settings) {
  std::string line = "hubwarden at " + settings.address.shown() + ", " + question.repository.shown() + ": " +
                     std::string(to_string(error.code()));
  if (!error.message().empty()) line += ": " + error.message();
  if (error.retry_after()) line += "; again in " + std::to_string(error.retry_after()->count()) + " s";
  if (error.fix() == Fix::kOperator) line += " (for hubwarden's operator to fix)";
  complain(line);
}

int answer(const Outcome& outcome, const Question& question, const Settings& settings) {
  for (const std::string& warning : outcome.warnings) complain(warning);
  if (!outcome.token) {
    complain_about(outcome.token.error(), question, settings);
    return kFailed;
  }
  const Token& token = *outcome.token;
  const auto lines =
      wire::format_credential(wire::Credential(kUsername, token.value.clone(), token.expires_at));
  return lines && write_all(STDOUT_FILENO, lines->reveal()) ? 0 : kFailed;
}

int run(const std::string& operation, const wire::CredentialRequest& request, const Settings& settings) {
  const auto examined = examine(request, settings);
  if (std::holds_alternative<NotOurs>(examined)) return 0;
  if (std::holds_alternative<PathNeeded>(examined)) {
    if (operation == "erase") return 0;
    complain("git did not say which repository; run: git config --global credential." + request.protocol +
             "://" + request.host + ".useHttpPath true");
    return kFailed;
  }
  const Question& question = std::get<Question>(examined);
  // A password under no name or another's was not ours: it is nobody's business, hubwarden's included.
  const bool is_report = operation == "erase";
  if (is_report && (request.username != kUsername || !is_token(request.password.reveal()))) return 0;

  Result<Bearer> bearer = Bearer::find(settings.token_file);
  if (!bearer) {
    complain(bearer.error().message());
    return kWrongConfiguration;
  }
  const SystemClock clock;
  SystemRandom random;
  SystemSleeper sleeper;
  RemoteBroker broker(settings, *bearer, clock);
  World world(clock, random, sleeper, broker);
  std::optional<RecordFile> record = open_record(settings, question);
  RecordFile* const kept = record ? &*record : nullptr;
  if (!is_report) return answer(get(question, kept, world), question, settings);
  const Result<void> reported = erase(request.password, kept, world);
  if (!reported) complain_about(reported.error(), question, settings);
  return reported ? 0 : kFailed;
}

// A core file or a debugger of this user's other programs would show the token.
void hide_memory() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
  // All that it starts is the program beside it, which needs no privilege.
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  signal(SIGPIPE, SIG_IGN);
}

int main_with(int count, char** values) {
  const std::optional<Arguments> arguments = read_arguments(count, values);
  if (!arguments) {
    static_cast<void>(write_all(STDERR_FILENO, kUsage));
    return kWrongUsage;
  }
  hide_memory();
  const std::optional<wire::CredentialRequest> request = read_request();
  // `store` and operations of newer versions of git are read and left alone (gitcredentials(7)).
  if (arguments->operation != "get" && arguments->operation != "erase") return 0;
  if (!request) return 0;
  const Result<std::string> file = find_settings_file(arguments->config);
  const Result<Settings> settings = file ? read_settings(*file) : std::unexpected(file.error());
  if (!settings) {
    complain(settings.error().message());
    return kWrongConfiguration;
  }
  return run(arguments->operation, *request, *settings);
}

}  // namespace
}  // namespace hubwarden::git_credential

int main(int count, char** values) {
  return hubwarden::git_credential::main_with(count, values);
}
