// The hubwarden program: its command line, and nothing else.

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>

#include "apps/hubwarden/approval_options.h"
#include "apps/hubwarden/catalogue_command.h"
#include "apps/hubwarden/client_commands.h"
#include "apps/hubwarden/doctor.h"
#include "apps/hubwarden/exec.h"
#include "apps/hubwarden/exit_status.h"
#include "apps/hubwarden/handle_commands.h"
#include "apps/hubwarden/hardening.h"
#include "apps/hubwarden/ledger_command.h"
#include "apps/hubwarden/ledger_tail.h"
#include "apps/hubwarden/policy_command.h"
#include "apps/hubwarden/revoke_command.h"
#include "apps/hubwarden/serve.h"
#include "apps/hubwarden/server_options.h"
#include "apps/hubwarden/setup_git.h"
#include "config/load.h"
#include "crypto/rsa_key.h"

namespace hubwarden::apps {
namespace {

int check_config(const std::optional<std::string>& path, bool json) {
  const auto loaded = config::load({.path = path}, config::process_environment(), config::SystemFiles());
  if (!loaded) {
    for (const config::Problem& problem : loaded.error())
      std::fprintf(stderr, "%s\n", problem.text().c_str());
    return kConfigurationError;
  }
  for (const config::Problem& warning : loaded->warnings) {
    std::fprintf(stderr, "warning: %s\n", warning.text().c_str());
  }
  for (const config::App& app : loaded->config.apps) {
    const Result<crypto::RsaKey> key = crypto::RsaKey::from_pem(*app.private_key);
    if (key) continue;
    std::fprintf(stderr, "App '%s': %s\n", app.name.c_str(), key.error().message().c_str());
    return kConfigurationError;
  }
  const std::size_t apps = loaded->config.apps.size();
  if (json) {
    boost::json::object summary;
    summary["path"] = loaded->path ? boost::json::value(*loaded->path) : boost::json::value();
    summary["apps"] = apps;
    summary["warnings"] = loaded->warnings.size();
    std::printf("%s\n", boost::json::serialize(summary).c_str());
  } else {
    std::printf("%s: ok, %zu App%s\n", loaded->path.value_or("defaults and environment").c_str(), apps,
                apps == 1 ? "" : "s");
  }
  return kDone;
}

// What the command line fills in; `run` is set by the subcommand that was given.
struct CommandLine {
  ServeOptions serve;
  std::optional<std::string> config_path;
  bool config_json = false;
  ServerOptions server;
  NewWorkspace workspace;
  WantedHandle handle;
  std::string handle_id;
  WantedRevocation revocation;
  std::string revocation_id;
  WantedApproval approval;
  std::string token_id;
  WantedToken token;
  SetupGitOptions git;
  bool git_remove = false;
  bool git_local = false;
  DoctorOptions doctor;
  ExecOptions exec;
  CatalogueFilter operations;
  bool operations_read = false;
  bool operations_write = false;
  WantedOperation operation;
  PolicyToCheck policy;
  PolicyQuestion question;
  PolicyTest policy_test;
  PolicyComparison comparison;
  LedgerOptions ledger;
  VerifyOptions ledger_verify;
  TailOptions ledger_tail;
  ExportOptions ledger_export;
  std::string fingerprint;
  std::function<int()> run;
};

void add_serve(CLI::App& app, CommandLine& line) {
  CLI::App* const serve = app.add_subcommand("serve", "Run the server");
  serve->add_option("--config", line.serve.config_path, "Configuration file");
  serve->add_option("--ready-file", line.serve.ready_file, "Written once requests are served");
  serve->add_flag("--i-know", line.serve.i_know,
                  "Serve the operator's routes without TLS on an address that is not loopback");
  serve->callback([&line] { line.run = [&line] { return run_serve(line.serve); }; });

  CLI::App* const config = app.add_subcommand("config", "Look at the configuration")->require_subcommand(1);
  CLI::App* const check = config->add_subcommand("check", "Say what is wrong with it");
  check->add_option("--config", line.config_path, "Configuration file");
  check->add_flag("--json", line.config_json, "Print JSON");
  check->callback(
      [&line] { line.run = [&line] { return check_config(line.config_path, line.config_json); }; });
}

void add_workspace(CLI::App& app, CommandLine& line) {
  CLI::App* const workspace = app.add_subcommand("workspace", "Register workspaces")->require_subcommand(1);
  const auto command = [&](const char* name, const char* help, bool takes_id, std::function<int()> run) {
    CLI::App* const made = workspace->add_subcommand(name, help);
    add_server_options(*made, line.server);
    if (takes_id) made->add_option("id", line.workspace.id, "Workspace")->required();
    made->callback([&line, run] { line.run = run; });
    return made;
  };
  CLI::App* const create = command("create", "Register one and show its token, once", true,
                                   [&line] { return create_workspace(line.server, line.workspace); });
  create->add_option("--repository,-r", line.workspace.repositories, "owner/name; may be repeated")
      ->required();
  create->add_option("--permission,-p", line.workspace.permissions, "Like contents:write; may be repeated")
      ->required();
  create->add_option("--token-file", line.workspace.token_file,
                     "Write the token there (0600), not to stdout");
  command("list", "List all", false, [&line] { return list_workspaces(line.server); });
  command("show", "Show one", true, [&line] { return show_workspace(line.server, line.workspace.id); });
  CLI::App* const rotate = command("rotate", "Give one a further token", true, [&line] {
    return rotate_workspace(line.server, line.workspace.id, line.workspace.token_file);
  });
  rotate->add_option("--token-file", line.workspace.token_file,
                     "Write the token there (0600), not to stdout");
  CLI::App* const revoke = command("revoke", "Revoke a token of one", true, [&line] {
    return revoke_workspace_token(line.server, line.workspace.id, line.token_id);
  });
  revoke->add_option("token-id", line.token_id, "As `show` lists it")->required();
  command("delete", "Remove one with all its tokens", true,
          [&line] { return delete_workspace(line.server, line.workspace.id); });
}

void add_handle(CLI::App& app, CommandLine& line) {
  CLI::App* const handle =
      app.add_subcommand("handle", "Issue handles for operations on GitHub")->require_subcommand(1);
  const auto command = [&](const char* name, const char* help, std::function<int()> run) {
    CLI::App* const made = handle->add_subcommand(name, help);
    add_server_options(*made, line.server);
    made->callback([&line, run] { line.run = run; });
    return made;
  };
  WantedHandle& wanted = line.handle;
  CLI::App* const create = command("create", "Issue one and show it, once",
                                   [&line] { return create_handle(line.server, line.handle); });
  create->add_option("repository", wanted.repository, "owner/name")->required();
  create->add_option("--host", wanted.host, "Its host [the server's usual one]");
  create->add_option("--operation,-o", wanted.operations,
                     "Like create_issue or issues/update; may be repeated [read]");
  create->add_option("--expires-in", wanted.expires_in, "Like 90m [1h]");
  create->add_option("--concurrent", wanted.concurrent, "Calls in flight [8]");
  create->add_option("--requests", wanted.requests, "Calls in its life [100]");
  create->add_option("--bytes", wanted.bytes, "Bytes of answers in its life [26214400]");
  create->add_option("--priority", wanted.priority, "background: stands back for others [normal]");
  create->add_option("--handle-file", wanted.handle_file, "Write the handle there (0600), not to stdout");
  command("list", "List all", [&line] { return list_handles(line.server); });
  const auto takes_id = [&line](CLI::App* made) {
    made->add_option("id", line.handle_id, "As `list` shows it")->required();
  };
  takes_id(command("show", "Show one", [&line] { return show_handle(line.server, line.handle_id); }));
  takes_id(command("revoke", "Revoke one", [&line] { return revoke_handle(line.server, line.handle_id); }));
}

void add_revoke(CLI::App& app, CommandLine& line) {
  CLI::App* const made =
      app.add_subcommand("revoke", "Stop somebody or something everywhere, and take back its tokens");
  add_server_options(*made, line.server);
  made->callback([&line] { line.run = [&line] { return revoke(line.server, line.revocation); }; });
  WantedRevocation& wanted = line.revocation;
  CLI::Option_group* const what = made->add_option_group("What", "One of");
  what->require_option(1);
  what->add_option("--session", wanted.session, "A session, by its id");
  what->add_option("--grant", wanted.grant, "A grant, by its id, and what was cut from it");
  what->add_option("--workspace", wanted.workspace, "A workspace, until that is lifted");
  what->add_option("--agent", wanted.agent, "All sessions of an agent, until that is lifted");
  what->add_option("--repository", wanted.repository, "owner/name, for everybody, until that is lifted");
  what->add_option("--app", wanted.app, "An App, by its name or id, until that is lifted");
  what->add_flag("--all", wanted.all, "Everything, until that is lifted");
  made->add_option("--host", wanted.host, "Of the repository or the App [the server's usual one]");
  made->add_option("--reason", wanted.reason, "For those who ask later");

  CLI::App* const revocations = app.add_subcommand("revocations", "What was revoked")->require_subcommand(1);
  const auto command = [&](const char* name, const char* help, std::function<int()> run) {
    CLI::App* const each = revocations->add_subcommand(name, help);
    add_server_options(*each, line.server);
    each->callback([&line, run] { line.run = run; });
    return each;
  };
  command("list", "List all", [&line] { return list_revocations(line.server); });
  const auto takes_id = [&line](CLI::App* each) {
    each->add_option("id", line.revocation_id, "As `list` shows it")->required();
  };
  takes_id(command("show", "Show one, and what each replica did about it",
                   [&line] { return show_revocation(line.server, line.revocation_id); }));
  takes_id(command("lift", "Let it be used again",
                   [&line] { return lift_revocation(line.server, line.revocation_id); }));
}

void add_token(CLI::App& app, CommandLine& line) {
  CLI::App* const token = app.add_subcommand("token", "Print a GitHub token");
  add_server_options(*token, line.server);
  token->add_option("--workspace", line.token.workspace,
                    "Ask as this workspace (HUBWARDEN_WORKSPACE_TOKEN or _FILE), not as the operator");
  token->add_option("--workspace-token-file", line.token.workspace_token_file,
                    "File with the workspace's token");
  token->add_option("--repo,-r", line.token.repositories, "owner/name; may be repeated");
  token->add_option("--permissions,-p", line.token.permissions, "Like contents:read,issues:write");
  token->add_option("--min-ttl", line.token.min_ttl, "At least this much life, like 20m");
  token->callback([&line] { line.run = [&line] { return print_token(line.server, line.token); }; });
}

void add_setup_git(CLI::App& app, CommandLine& line) {
  CLI::App* const git = app.add_subcommand("setup-git", "Make git ask hubwarden for passwords, or undo it");
  git->add_option("--address", line.git.address,
                  "Where hubwarden is: unix:/path, https://… or a loopback http://…");
  git->add_option("--workspace", line.git.workspace, "Workspace that git asks as");
  git->add_option("--token-file", line.git.token_file, "File with the workspace's token");
  git->add_option("--host", line.git.hosts, "Host to answer for; may be repeated [github.com]");
  git->add_option("--repository", line.git.repositories, "Answer only for these; may be repeated");
  git->add_option("--ca-file", line.git.ca_file, "Authorities to trust instead of the system's");
  git->add_option("--settings", line.git.settings_file, "The helper's own settings file");
  git->add_option("--program", line.git.program, "git-credential-hubwarden to use");
  CLI::Option* const file = git->add_option("--file", line.git.git_file, "This git configuration file");
  git->add_flag("--local", line.git_local, "The repository's configuration, not the user's")->excludes(file);
  git->add_flag("--remove", line.git_remove, "Undo it");
  git->callback([&line] {
    line.run = [&line] {
      using Options = SetupGitOptions;
      if (line.git_remove) line.git.action = Options::Action::kRemove;
      if (line.git_local) line.git.target = Options::Target::kLocal;
      if (!line.git.git_file.empty()) line.git.target = Options::Target::kFile;
      return run_setup_git(line.git);
    };
  });
}

void add_doctor(CLI::App& app, CommandLine& line) {
  CLI::App* const doctor =
      app.add_subcommand("doctor", "Say which link between git and GitHub is broken, why, and what helps");
  doctor->add_option("--repo,-r", line.doctor.repository,
                     "owner/name [the repository around this directory]");
  doctor->add_option("--host", line.doctor.host, "Its host [the repository's, else the settings' first]");
  doctor->add_option("--settings", line.doctor.settings_file,
                     "The helper's settings file [the one git names]");
  doctor->add_flag("--json", line.doctor.json, "Print JSON");
  doctor->callback([&line] { line.run = [&line] { return run_doctor(line.doctor); }; });
}

void add_exec(CLI::App& app, CommandLine& line) {
  CLI::App* const exec =
      app.add_subcommand("exec", "Run a command with a token for the current repository in its environment");
  exec->add_option("--repo,-r", line.exec.repository, "owner/name [the repository around this directory]");
  exec->add_option("--host", line.exec.host, "Its host [the repository's, else the settings' first]");
  exec->add_option("--settings", line.exec.settings_file, "The helper's settings file [the one git names]");
  exec->add_option("--env", line.exec.variables, "Put the token into this variable, too; may be repeated");
  exec->add_flag("--token-file", line.exec.keeps_file,
                 "Keep a living token in a file while the command runs; HUBWARDEN_TOKEN_FILE names it");
  exec->add_option("command", line.exec.command, "The command, behind --")->required();
  exec->callback([&line] { line.run = [&line] { return run_exec(line.exec); }; });
}

void add_catalogue(CLI::App& app, CommandLine& line) {
  CLI::App* const catalogue =
      app.add_subcommand("catalogue", "Look up GitHub's operations and what they need")
          ->require_subcommand(1);
  CLI::App* const list = catalogue->add_subcommand("list", "List them, one a line");
  CLI::Option* const reads = list->add_flag("--read", line.operations_read, "Those that only read");
  list->add_flag("--write", line.operations_write, "The others")->excludes(reads);
  list->add_option("--permission", line.operations.permission, "Those that may need this permission");
  list->add_option("--category", line.operations.category, "Those of this chapter of GitHub's, like issues");
  list->add_flag("--json", line.operations.json, "Print JSON, one object a line");
  list->callback([&line] {
    line.run = [&line] {
      using Access = CatalogueFilter::Access;
      if (line.operations_read) line.operations.access = Access::kRead;
      if (line.operations_write) line.operations.access = Access::kWrite;
      return list_operations(line.operations);
    };
  });
  CLI::App* const show = catalogue->add_subcommand("show", "Show one");
  show->add_option("operation", line.operation.name, "Its id, a short name, or a method and a path")
      ->required()
      ->expected(1, 2);
  show->add_flag("--json", line.operation.json, "Print JSON");
  show->callback([&line] { line.run = [&line] { return show_operation(line.operation); }; });
}

constexpr const char* kPolicyPath = "A YAML file, or a directory of them";

void add_policy_explain(CLI::App& policy, CommandLine& line) {
  PolicyQuestion& question = line.question;
  CLI::App* const explain =
      policy.add_subcommand("explain", "Say what a caller may do, by which rule, and why not");
  explain->add_option("path", question.path, kPolicyPath)->required();
  explain->add_option("--issuer", question.issuer, "Who vouches for the caller: a name of the policy's")
      ->required();
  explain->add_option("--claim", question.claims, "What it vouches for, name=value; may be repeated")
      ->allow_extra_args(false);
  CLI::Option* const operation =
      explain->add_option("--operation,-o", question.operation, "Like issues/create or create_issue");
  explain->add_option("--permissions,-p", question.permissions, "Of a token, like contents:read,issues:write")
      ->excludes(operation);
  explain->add_option("--repository,-r", question.repositories, "owner/name; may be repeated")
      ->required()
      ->allow_extra_args(false);
  explain->add_flag("--json", question.json, "Print JSON");
  explain->callback(
      [&line] { line.run = [&line] { return explain_policy(line.question, config::SystemFiles()); }; });
}

void add_policy(CLI::App& app, CommandLine& line) {
  CLI::App* const policy =
      app.add_subcommand("policy", "Look at a policy: who may do what")->require_subcommand(1);
  CLI::App* const check = policy->add_subcommand("check", "Say what is wrong with it");
  check->add_option("path", line.policy.path, kPolicyPath)->required();
  check->add_flag("--json", line.policy.json, "Print JSON");
  check->callback(
      [&line] { line.run = [&line] { return check_policy(line.policy, config::SystemFiles()); }; });
  add_policy_explain(*policy, line);
  CLI::App* const test = policy->add_subcommand("test", "Say which cases it decides otherwise than expected");
  test->add_option("path", line.policy_test.path, kPolicyPath)->required();
  test->add_option("cases", line.policy_test.cases, "A YAML file of cases")->required();
  test->add_flag("--json", line.policy_test.json, "Print JSON");
  test->callback(
      [&line] { line.run = [&line] { return test_policy(line.policy_test, config::SystemFiles()); }; });
  CLI::App* const diff = policy->add_subcommand("diff", "Say what differs between two");
  diff->add_option("before", line.comparison.before, kPolicyPath)->required();
  diff->add_option("after", line.comparison.after, kPolicyPath)->required();
  diff->add_option("--tests", line.comparison.cases,
                   "A YAML file of cases: those that are decided otherwise");
  diff->add_flag("--json", line.comparison.json, "Print JSON");
  diff->callback(
      [&line] { line.run = [&line] { return diff_policies(line.comparison, config::SystemFiles()); }; });
}

void add_ledger(CLI::App& app, CommandLine& line) {
  CLI::App* const ledger =
      app.add_subcommand("ledger", "Read what happened, and see that nothing of it is missing")
          ->require_subcommand(1);
  const auto command = [&](const char* name, const char* help, bool reads_files, std::function<int()> run) {
    CLI::App* const made = ledger->add_subcommand(name, help);
    made->add_option("--config", line.ledger.config_path, "Configuration file");
    if (reads_files) {
      made->add_option("--file", line.ledger.files,
                       "JSON lines instead of the configured records; - is standard input; may be repeated");
    }
    made->callback([&line, run] { line.run = run; });
    return made;
  };
  CLI::App* const verify = command("verify", "Say whether it is whole, or where it is not", true,
                                   [&line] { return verify_ledger(line.ledger, line.ledger_verify); });
  verify->add_option("--public-key", line.ledger.public_keys,
                     "As `ledger key` shows it, instead of the configuration's; may be repeated");
  verify->add_option("--known", line.ledger_verify.known_file,
                     "What `verify --json` printed before: nothing of that may be missing");
  verify->add_flag("--part", line.ledger_verify.is_part, "Beginnings of chains may be elsewhere");
  verify->add_flag("--json", line.ledger.json, "Print JSON");
  CLI::App* const tail = command("tail", "Show what happened last", true,
                                 [&line] { return tail_ledger(line.ledger, line.ledger_tail); });
  tail->add_option("-n,--lines", line.ledger_tail.count, "So many records [20]")
      ->check(CLI::Range(std::size_t{1}, LedgerTail::kMaxCount));
  tail->add_flag("--follow,-f", line.ledger_tail.follow, "Go on with what happens");
  tail->add_flag("--json", line.ledger.json, "Print the lines as they are");
  CLI::App* const out = command("export", "Print it as JSON lines", false,
                                [&line] { return export_ledger(line.ledger, line.ledger_export); });
  out->add_option("--since", line.ledger_export.since, "A time, or how long ago, like 7d");
  out->add_option("--replica", line.ledger_export.replica, "One chain alone");
  CLI::App* const who = command("who-had", "Say who had a token", true,
                                [&line] { return who_had(line.ledger, line.fingerprint); });
  who->add_option("fingerprint", line.fingerprint, "Like ghs_...3f9a1c0de4b2")->required();
  who->add_flag("--json", line.ledger.json, "Print JSON, one object a line");
  command("key", "Show the public keys to verify with", false,
          [&line] { return print_ledger_keys(line.ledger); });
}

int run(int argc, char** argv) {
  CLI::App app("hubwarden: the GitHub credential broker for fleets of agents and workspaces", "hubwarden");
  app.require_subcommand(1);
  app.set_version_flag("--version", HUBWARDEN_VERSION);
  CommandLine line;
  // Not CLI11's own envname(): the subcommands share one variable, and each that was not given would set it
  // again.
  if (const char* const url = std::getenv("HUBWARDEN_URL"); url != nullptr && *url != '\0')
    line.server.url = url;
  add_serve(app, line);
  add_workspace(app, line);
  add_handle(app, line);
  add_revoke(app, line);
  add_approvals(app, line.server, line.approval, line.run);
  add_token(app, line);
  add_setup_git(app, line);
  add_doctor(app, line);
  add_exec(app, line);
  add_catalogue(app, line);
  add_policy(app, line);
  add_ledger(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? kDone : kWrongUsage;
  }
  return line.run();
}

}  // namespace
}  // namespace hubwarden::apps

int main(int argc, char** argv) {
  // Every command holds a token sooner or later. What it starts begins without this.
  hubwarden::apps::hide_memory();
  return hubwarden::apps::run(argc, argv);
}
