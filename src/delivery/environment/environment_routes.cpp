#include "delivery/environment/environment_routes.h"

#include <memory>
#include <utility>

#include "delivery/environment/environment_json.h"
#include "delivery/error_answer.h"
#include "http/call_context.h"

namespace hubwarden::delivery {
namespace {

http::Response environment_answer(const providers::BootEnvironment& environment) {
  http::Fields fields;
  fields.add("Content-Type", "application/json");
  fields.add("Cache-Control", "no-store");
  // Prepared, because that wipes its text.
  return http::Response(
      std::make_shared<const http::Prepared>(200, http::FieldLines(fields), environment_json(environment)));
}

}  // namespace

EnvironmentRoutes::EnvironmentRoutes(Parts parts, Duration timeout)
    : parts_(parts),
      timeout_(timeout),
      outcomes_(parts.metrics.counters("hubwarden_environments_total",
                                       "Boot environments that were asked for, by what came of it",
                                       {{"outcome", {"given", "failed"}}})) {
}

http::Reply EnvironmentRoutes::post(http::Request& request, std::string_view id) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  Result<policy::WorkspaceId> parsed = policy::WorkspaceId::parse(id);
  if (!parsed) return error_answer(parsed.error(), request.id());
  return boot(request, std::move(*parsed));
}

http::Task<http::Response> EnvironmentRoutes::boot(http::Request& request, policy::WorkspaceId id) {
  const Result<store::WorkspaceRecord> found = co_await parts_.workspaces.get(id);
  if (!found) co_return error_answer(found.error(), request.id());
  const store::Workspace& known = found->workspace;
  providers::BootingWorkspace workspace(known.id, known.repositories, known.permissions);
  const auto timeout = std::chrono::duration_cast<SteadyPoint::duration>(timeout_);
  const SteadyPoint deadline = parts_.clock.steady_now() + timeout;
  const auth::WorkspacePrincipal who(std::make_shared<const store::Workspace>(known), store::TokenId(0),
                                     nullptr);
  const Result<> may = parts_.gate.may_go_on(who);
  if (!may) co_return refuse(request, id.text(), may.error());
  const Result<providers::BootEnvironment> environment =
      co_await parts_.registry.environment(std::move(workspace), deadline);
  if (!environment) co_return refuse(request, id.text(), environment.error());
  const Result<> may_still = parts_.gate.may_go_on(who);
  if (!may_still) co_return refuse(request, id.text(), may_still.error());
  outcomes_.at(Outcome::kGiven).add();
  parts_.log.info("admin.environment_given", {{"workspace", std::string_view(id.text())},
                                              {"variables", environment->variables().size()},
                                              obs::request_id(request.id()),
                                              http::trace_id(http::trace_of(request))});
  co_return environment_answer(*environment);
}

http::Response EnvironmentRoutes::refuse(const http::Request& request, std::string_view workspace,
                                         const Error& error) {
  outcomes_.at(Outcome::kFailed).add();
  parts_.log.warning("admin.environment_failed", {{"workspace", workspace},
                                                  {"error", to_string(error.code())},
                                                  {"message", error.message()},
                                                  {"detail", error.detail()},
                                                  obs::request_id(request.id()),
                                                  http::trace_id(http::trace_of(request))});
  return error_answer(error, request.id());
}

}  // namespace hubwarden::delivery
