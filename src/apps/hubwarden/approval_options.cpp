#include "apps/hubwarden/approval_options.h"

#include <utility>

#include "apps/hubwarden/approval_commands.h"
#include "apps/hubwarden/server_options.h"

namespace hubwarden::apps {

void add_approvals(CLI::App& app, ServerOptions& server, WantedApproval& wanted, std::function<int()>& run) {
  CLI::App* const approvals =
      app.add_subcommand("approvals", "See what waits for a person's consent, and give it or not");
  approvals->require_subcommand(0, 1);
  const auto takes_options = [&server](CLI::App* made) {
    add_server_options(*made, server);
    made->add_option("--jwt-file", server.jwt_file,
                     "File with your own JWT, to ask as yourself and not as the operator");
    return made;
  };
  const auto lists = [&server, &wanted] { return list_approvals(server, wanted.state); };
  const auto command = [&](const char* name, const char* help, std::function<int()> act) {
    CLI::App* const made = takes_options(approvals->add_subcommand(name, help));
    made->callback([&run, act] { run = act; });
    return made;
  };
  // Without a command: its own callback comes after theirs.
  takes_options(approvals)->callback([&run, lists] {
    if (!run) run = lists;
  });
  CLI::App* const list = command("list", "List those that you may decide", lists);
  list->add_option("--state", wanted.state, "Or approved, denied, used, expired, all [pending]");
  const auto takes_id = [&](const char* name, const char* help, std::function<int()> act) {
    CLI::App* const made = command(name, help, std::move(act));
    made->add_option("id", wanted.id, "As `list` shows it")->required();
    return made;
  };
  takes_id("show", "Show one with all its parameters",
           [&server, &wanted] { return show_approval(server, wanted.id); });
  const auto decides = [&](const char* name, const char* help, ApprovalVerdict verdict) {
    CLI::App* const made = takes_id(name, help, [&server, &wanted, verdict] {
      return decide_approval(server, wanted.id, verdict, wanted.reason);
    });
    made->add_option("--reason", wanted.reason, "One line, for whoever asks");
  };
  decides("approve", "Let it be done, once", ApprovalVerdict::kApprove);
  decides("deny", "Let it not be done", ApprovalVerdict::kDeny);
}

}  // namespace hubwarden::apps
