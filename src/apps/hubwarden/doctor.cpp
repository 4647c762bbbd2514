#include "apps/hubwarden/doctor.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "apps/git-credential-hubwarden/bearer.h"
#include "apps/git-credential-hubwarden/broker.h"
#include "apps/git-credential-hubwarden/settings.h"
#include "apps/hubwarden/diagnosis_answer.h"
#include "apps/hubwarden/doctor_report.h"
#include "apps/hubwarden/doctor_verdict.h"
#include "apps/hubwarden/exit_status.h"
#include "apps/hubwarden/git_command.h"
#include "apps/hubwarden/program_files.h"
#include "apps/hubwarden/remote.h"
#include "base/text.h"

namespace hubwarden::apps {
namespace {

using git_credential::Bearer;
using git_credential::Conversation;
using git_credential::Question;
using git_credential::Settings;

// hubwarden's own deadline for a route is 25 s by default.
constexpr std::chrono::seconds kPatience(30);
constexpr std::chrono::seconds kGitPatience(60);
// Worth a note: hubwarden corrects it, but its log and its records' times are off.
constexpr std::chrono::seconds kNotableSkew(60);

std::string trouble_of(const Result<GitAnswer>& answer) {
  if (!answer) return answer.error().message();
  return answer->status == 0 ? "" : "exit status " + std::to_string(answer->status);
}

// Looks link by link, and no further once one is broken.
class Examination {
 public:
  explicit Examination(const DoctorOptions& options) : options_(options) {}

  // Error: the options do not fit.
  Result<Report> run();

 private:
  using Step = Result<> (Examination::*)();

  Result<> look_at_configuration();
  Result<> choose_question();
  Result<> look_at_chain();
  Result<> look_at_settings();
  Result<> find_bearer();
  Result<> reach_hubwarden();
  Result<> ask_for_diagnosis();
  Result<> run_git();

  std::string query() const;
  void take(const DiagnosisAnswer& answer);
  SteadyPoint deadline() const { return clock_.steady_now() + kPatience; }

  const DoctorOptions& options_;
  const SystemClock clock_;
  Seen seen_;
  Report report_;
  std::vector<ConfigEntry> entries_;
  std::optional<Settings> settings_;
  std::optional<policy::Repository> repository_;
  std::optional<Bearer> bearer_;
};

Result<Report> Examination::run() {
  constexpr std::array<Step, 8> kSteps = {&Examination::look_at_configuration, &Examination::choose_question,
                                          &Examination::look_at_chain,         &Examination::look_at_settings,
                                          &Examination::find_bearer,           &Examination::reach_hubwarden,
                                          &Examination::ask_for_diagnosis,     &Examination::run_git};
  // The settings say what the first links are about, so that these are judged together.
  constexpr std::size_t kJudgedFrom = 2;
  for (std::size_t i = 0; i < kSteps.size(); ++i) {
    const Result<> looked = (this->*kSteps[i])();
    if (!looked) return std::unexpected(looked.error());
    if (i < kJudgedFrom) continue;
    report_.finding = first_broken(seen_);
    if (report_.finding) break;
  }
  report_.host = seen_.git.host;
  if (repository_) report_.repository = repository_->shown();
  return std::move(report_);
}

Result<> Examination::look_at_configuration() {
  const Result<GitAnswer> listed = apps::run_git({"config", "--list", "-z", "--show-scope", "--show-origin"});
  seen_.git.trouble = trouble_of(listed);
  if (!seen_.git.trouble.empty()) return {};
  entries_ = parse_config_list(listed->output, ConfigListing::kWithOrigin);
  return {};
}

// The settings that git's helper would read, and what the question is about.
Result<> Examination::choose_question() {
  std::string named = options_.settings_file;
  if (named.empty()) named = settings_file_of(entries_);
  const Result<std::string> file = git_credential::find_settings_file(named);
  if (!file) {
    seen_.settings_trouble = file.error().message();
  } else {
    seen_.settings_file = *file;
    Result<Settings> settings = git_credential::read_settings(*file);
    if (settings) settings_.emplace(std::move(*settings));
    if (!settings) seen_.settings_trouble = settings.error().message();
  }
  if (!options_.repository.empty()) {
    Result<policy::Repository> repository = policy::Repository::parse(options_.repository);
    if (!repository) return std::unexpected(repository.error());
    repository_.emplace(std::move(*repository));
  }
  if (!options_.host.empty()) {
    Result<std::string> host = git_credential::parse_host(options_.host);
    if (!host) return std::unexpected(host.error());
    seen_.git.host = std::move(*host);
  }
  const std::optional<Question> here = settings_ ? current_repository(*settings_) : std::nullopt;
  if (here && !repository_ && (seen_.git.host.empty() || seen_.git.host == here->host)) {
    repository_ = here->repository;
    seen_.git.host = here->host;
  }
  if (seen_.git.host.empty())
    seen_.git.host = settings_ ? settings_->hosts.front() : helper_host_of(entries_);
  if (seen_.git.host.empty()) seen_.git.host = "https://github.com";
  if (!repository_ && settings_ && !settings_->repositories.empty()) {
    repository_ = settings_->repositories.front();
  }
  return {};
}

Result<> Examination::look_at_chain() {
  if (!seen_.git.trouble.empty()) return {};
  GitSeen& git = seen_.git;
  git.chain = helper_entries(entries_, git.host);
  git.program = helper_program(git.chain);
  git.has_program = access(git.program.c_str(), X_OK) == 0;
  const Result<GitAnswer> path =
      apps::run_git({"config", "--type=bool", "--get-urlmatch", "credential.useHttpPath", git.host});
  git.tells_path = path && trim(split(path->output, '\n').front()) == "true";
  const auto keeper = std::ranges::find_if(
      git.chain, [](const ConfigEntry& helper) { return keeps_passwords(helper.value); });
  if (keeper != git.chain.end()) {
    report_.notes.push_back("git also tells \"" + helper_name(keeper->value) +
                            "\" the tokens, which keeps them beyond their hour");
  }
  return {};
}

Result<> Examination::look_at_settings() {
  if (!settings_) return {};
  report_.workspace = settings_->workspace.text();
  report_.address = seen_.address = settings_->address.shown();
  if (std::ranges::find(settings_->hosts, seen_.git.host) == settings_->hosts.end()) {
    seen_.settings_trouble = seen_.settings_file + " has no host = " + seen_.git.host;
  }
  const auto& allowed = settings_->repositories;
  if (repository_ && !allowed.empty() && std::ranges::find(allowed, *repository_) == allowed.end()) {
    seen_.settings_trouble = seen_.settings_file + " names repositories, and not " + repository_->shown();
  }
  return {};
}

Result<> Examination::find_bearer() {
  Result<Bearer> bearer = Bearer::find(settings_->token_file);
  if (bearer) {
    bearer_.emplace(std::move(*bearer));
  } else {
    seen_.token_trouble = bearer.error().message();
  }
  return {};
}

Result<> Examination::reach_hubwarden() {
  Conversation conversation(*settings_, *bearer_, clock_);
  const Result<Conversation::Reply> reply = conversation.get_openly("/readyz", deadline());
  if (!reply) {
    seen_.unreached = reply.error();
  } else {
    seen_.unready = readiness_trouble((*reply)->status(), (*reply)->body());
  }
  return {};
}

std::string Examination::query() const {
  const std::string path = git_credential::github_host_of(seen_.git.host);
  std::string query = "/diagnosis?host=" + percent_encode(path);
  if (repository_) {
    query +=
        "&repo=" + percent_encode(repository_->owner().shown()) + "/" + percent_encode(repository_->name());
  }
  return query;
}

Result<> Examination::ask_for_diagnosis() {
  Conversation conversation(*settings_, *bearer_, clock_);
  const std::string path = conversation.workspace_path(query());
  const Result<Conversation::Reply> reply = conversation.get(path, deadline());
  if (!reply) {
    seen_.unreached = reply.error();
    return {};
  }
  const Result<DiagnosisAnswer> answer = read_diagnosis(**reply);
  if (answer) {
    take(*answer);
  } else {
    seen_.refusal = answer.error();
  }
  return {};
}

void Examination::take(const DiagnosisAnswer& answer) {
  seen_.links = answer.links;
  if (answer.time) seen_.clock_ahead = clock_.now() - *answer.time;
  if (!repository_) repository_ = answer.repository;
  if (std::chrono::abs(answer.clock_skew) >= kNotableSkew) {
    report_.notes.push_back("the clock of hubwarden's machine is " +
                            std::to_string(std::chrono::abs(answer.clock_skew).count()) + " s " +
                            (answer.clock_skew.count() > 0 ? "behind" : "ahead of") +
                            " GitHub's; hubwarden corrects it for itself");
  }
  if (answer.source == "static") {
    report_.notes.emplace_back("the token is the static one of fallback.token, not the App's");
  }
}

Result<> Examination::run_git() {
  const std::string url = seen_.git.host + "/" + repository_->shown() + ".git";
  const Result<GitAnswer> answer = run_git_alone({"ls-remote", "--quiet", url, "HEAD"}, kGitPatience);
  seen_.git_trouble = trouble_of(answer);
  if (answer && answer->status != 0) {
    const std::string complaint = last_complaint(answer->errors);
    if (!complaint.empty()) seen_.git_trouble = complaint;
  }
  return {};
}

}  // namespace

int run_doctor(const DoctorOptions& options) {
  const Result<Report> report = Examination(options).run();
  if (!report) {
    std::fprintf(stderr, "hubwarden doctor: %s\n", report.error().message().c_str());
    return kWrongUsage;
  }
  const std::string text = options.json ? report_json(*report) : report_text(*report);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return report->finding ? exit_status(report->finding->link) : kDone;
}

}  // namespace hubwarden::apps
