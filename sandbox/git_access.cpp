#include "base/text.h"
#include "sandbox/access.h"
#include "sandbox/git_http.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::string_view kNotFound = "Repository not found.";
constexpr std::string_view kNotGranted = "Write access to repository not granted.";
constexpr std::string_view kBadToken =
    "Invalid username or token. Password authentication is not supported for Git operations.";

std::optional<GitService> service_of(std::string_view name) {
  if (name == "git-upload-pack") return GitService::kFetch;
  if (name == "git-receive-pack") return GitService::kPush;
  return std::nullopt;
}

// git asks its credential helpers only after this.
http::Response ask_for_credentials(std::string_view text) {
  http::Response answer = git_text(401, text);
  answer.fields().set("WWW-Authenticate", "Basic realm=\"GitHub\"");
  return answer;
}

http::Response refuse_token(State& state, TokenFault fault, const Call& call, TimePoint now) {
  count_refusal(state.records.totals, fault, true);
  if (fault == TokenFault::kSuspended) return git_text(403, "This installation has been suspended");
  if (fault == TokenFault::kTooFresh && state.settings.replication_lag_status == 403)
    return git_text(403, kNotGranted);
  if (fault == TokenFault::kTooFresh && state.settings.replication_lag_status == 404)
    return git_text(404, kNotFound);
  if (fault != TokenFault::kTooFresh) {
    state.failed_logins.failed(call.address, state.settings.failed_login_limit,
                               state.settings.failed_login_lockout, now);
  }
  return ask_for_credentials(kBadToken);
}

GitDecision decide_anonymous(const State& state, const GitTarget& target) {
  const Repository* repository = state.world.repository(target.owner, target.repository);
  if (!repository || repository->is_private) return ask_for_credentials(kNotFound);
  if (target.service == GitService::kPush) return ask_for_credentials("No anonymous write access.");
  return GitGrant{repository->id};
}

http::Response moved_git(const State& state, const Repository& repository, const GitTarget& target,
                         const Call& call) {
  http::Response answer = git_text(301, "");
  std::string location = state.urls.web + "/" + state.world.full_name(repository) + ".git" + target.rest;
  if (!call.query.empty()) location += "?" + call.query;
  answer.fields().set("Location", location);
  return answer;
}

GitDecision decide_with_token(const State& state, const GitTarget& target, const Call& call,
                              const Access& access) {
  const World& world = state.world;
  const Repository* repository = world.repository(target.owner, target.repository);
  if (!repository) {
    repository = world.moved(target.owner, target.repository);
    if (!repository || !access.may_see(world, *repository)) return git_text(404, kNotFound);
    // git takes up a redirect of its very first request alone, which private repositories answer with 401:
    // what it posts to the old name afterwards is served.
    if (call.method == http::Method::kGet) return moved_git(state, *repository, target, call);
  }
  if (!access.may_see(world, *repository)) return git_text(404, kNotFound);
  const bool pushes = target.service == GitService::kPush;
  if (!pushes && !repository->is_private) return GitGrant{repository->id};
  const Level needed = pushes ? Level::kWrite : Level::kRead;
  if (!access.reaches(world, *repository) || !grants(access.permissions, "contents", needed)) {
    return git_text(403, kNotGranted);
  }
  if (pushes && repository->is_archived)
    return git_text(403, "This repository was archived so it is read-only.");
  return GitGrant{repository->id, grants(access.permissions, "workflows", Level::kWrite)};
}

}  // namespace

std::optional<GitTarget> GitTarget::parse(const Call& call) {
  const auto parts = split(std::string_view(call.path).substr(1), '/');
  if (parts.size() < 3) return std::nullopt;
  GitTarget target;
  if (parts.size() == 4 && parts[2] == "info" && parts[3] == "refs" && call.method == http::Method::kGet) {
    target.service = service_of(call.parameter("service").value_or(""));
    target.rest = "/info/refs";
  } else if (parts.size() == 3 && service_of(parts[2]) && call.method == http::Method::kPost) {
    target.service = service_of(parts[2]);
    target.rest = "/" + std::string(parts[2]);
  } else {
    return std::nullopt;
  }
  const auto owner = percent_decode(parts[0]);
  auto repository = percent_decode(parts[1]);
  if (!owner || !repository) return std::nullopt;
  if (repository->ends_with(".git")) repository->resize(repository->size() - 4);
  target.owner = *owner;
  target.repository = *repository;
  return target;
}

std::string GitTarget::route() const {
  return (rest == "/info/refs" ? "GET" : "POST") + std::string(" /{owner}/{repo}.git") + rest;
}

http::Response git_text(int status, std::string_view text) {
  http::Response answer(status, "text/plain; charset=UTF-8", std::string(text));
  answer.fields().set("Cache-Control", "no-cache");
  return answer;
}

GitDecision decide_git(State& state, const GitTarget& target, const Call& call, TimePoint now) {
  const Credentials credentials = credentials_of(call.header("Authorization"));
  if (!target.service) return git_text(403, "Please upgrade your git client.");
  if (credentials.scheme == Credentials::Scheme::kNone) return decide_anonymous(state, target);
  if (state.failed_logins.is_closed(call.address, now)) {
    return git_text(403, "Maximum number of login attempts exceeded. Please try again later.");
  }
  const auto access = check_token(state, credentials.secret, now);
  if (!access) return refuse_token(state, access.error(), call, now);
  return decide_with_token(state, target, call, *access);
}

}  // namespace hubwarden::sandbox
