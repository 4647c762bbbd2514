#include "sandbox/github.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/time_text.h"
#include "sandbox/cut_body.h"
#include "sandbox/git_http.h"
#include "sandbox/large_body.h"
#include "sandbox/rest_contents.h"

namespace hubwarden::sandbox {
namespace {

// The route's own answer is given, or thrown away; with the other kinds the request is not carried out.
bool lets_through(FaultKind kind) {
  return kind == FaultKind::kLatency || kind == FaultKind::kLargeBody || kind == FaultKind::kCutBody;
}

void change_body(http::Response& answer, const Fault& fault) {
  if (fault.kind == FaultKind::kCutBody) cut_body(answer);
  if (fault.kind == FaultKind::kLargeBody && answer.status() == 200) put_large_body(answer, fault.bytes);
}

std::string route_name(const Exchange& exchange) {
  return exchange.route ? exchange.route->name() : "unserved";
}

}  // namespace

GitHub::GitHub(std::filesystem::path directory, const Clock& clock, Random& random, net::Timers& timers)
    : clock_(clock),
      random_(random),
      timers_(timers),
      store_(std::move(directory), clock, timers),
      api_(state_, random) {
}

http::Reply GitHub::handle(http::Request& request) {
  Call call(request);
  if (auto target = GitTarget::parse(call))
    return serve_git_request(request, std::move(call), std::move(*target));
  return serve_rest(request, std::move(call));
}

http::Response GitHub::answer(Call call) {
  Exchange exchange(std::move(call), clock_.now());
  api_.route(exchange);
  const auto fault = take_fault(route_name(exchange), exchange.call);
  if (fault && fault->kind != FaultKind::kLostAnswer && !lets_through(fault->kind)) {
    return api_.finish(exchange, api_.faulty(exchange, *fault));
  }
  Step step = api_.begin(exchange);
  auto* ready = std::get_if<http::Response>(&step);
  http::Response answer = ready ? std::move(*ready) : exchange.refuse(503, "This needs git");
  if (fault && !lets_through(fault->kind)) answer = api_.faulty(exchange, *fault);
  http::Response finished = api_.finish(exchange, std::move(answer));
  if (fault) change_body(finished, *fault);
  return finished;
}

std::optional<Fault> GitHub::take_fault(const std::string& route, const Call& call) {
  auto fault = state_.faults.take(route, call.path);
  if (!fault) return std::nullopt;
  ++state_.records.totals.faults_injected;
  state_.records.happened("fault",
                          {{"fault", fault->id}, {"fault_kind", to_string(fault->kind)}, {"route", route}},
                          clock_.now());
  return fault;
}

net::Task<> GitHub::wait(Duration latency) {
  if (latency <= Duration::zero()) co_return;
  co_await net::sleep_until(timers_,
                            clock_.steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(latency));
}

net::Task<http::Response> GitHub::serve_rest(http::Request& request, Call call) {
  request.set_body_limit(kMaxRestBody);
  auto reading = http::read_all(request.body(), kMaxRestBody);
  auto body = co_await std::move(reading);
  if (!body) co_return error_answer(413, "The request body is too large.");
  call.body = std::move(*body);
  Exchange exchange(std::move(call), clock_.now());
  const Token* const token = state_.tokens.find(credentials_of(exchange.call.header("Authorization")).secret);
  const SecondaryLimits::InFlight held =
      token ? state_.secondary.enter(token->installation) : SecondaryLimits::InFlight();
  api_.route(exchange);
  const auto fault = take_fault(route_name(exchange), exchange.call);
  if (fault) {
    co_await wait(fault->latency);
    exchange.now = clock_.now();
  }
  const bool untouched = fault && fault->kind != FaultKind::kLostAnswer && !lets_through(fault->kind);
  if (untouched) co_return api_.finish(exchange, api_.faulty(exchange, *fault));
  auto carrying_out = carry_out(exchange);
  http::Response answer = co_await std::move(carrying_out);
  if (fault && fault->kind == FaultKind::kLostAnswer) answer = api_.faulty(exchange, *fault);
  http::Response finished = api_.finish(exchange, std::move(answer));
  if (fault) change_body(finished, *fault);
  co_return finished;
}

net::Task<http::Response> GitHub::carry_out(Exchange& exchange) {
  Step step = api_.begin(exchange);
  if (auto* ready = std::get_if<http::Response>(&step)) co_return std::move(*ready);
  const Repository& repository = *state_.world.repository(*exchange.repository);
  auto ensuring = store_.ensure(repository.id, repository.default_branch);
  const Result<> there = co_await std::move(ensuring);
  if (!there) co_return exchange.refuse(502, "Server Error");
  if (auto* asking = std::get_if<GitStep>(&step)) {
    auto running = asking->run(store_, Context{state_, random_, exchange});
    http::Response answer = co_await std::move(running);
    co_return answer;
  }
  if (auto* wanted = std::get_if<ReadContents>(&step)) {
    auto reading = read_contents(exchange, std::move(*wanted));
    http::Response answer = co_await std::move(reading);
    co_return answer;
  }
  auto writing = write_contents(exchange, std::move(std::get<WriteContents>(step)));
  http::Response answer = co_await std::move(writing);
  co_return answer;
}

net::Task<http::Response> GitHub::read_contents(Exchange& exchange, ReadContents wanted) {
  auto reading = store_.read(wanted);
  const Result<Contents> contents = co_await std::move(reading);
  if (!state_.world.repository(wanted.repository)) co_return exchange.not_found();
  const Context context{state_, random_, exchange};
  co_return render_contents(context, wanted, contents);
}

net::Task<http::Response> GitHub::write_contents(Exchange& exchange, WriteContents wanted) {
  auto writing = store_.write(wanted, clock_.now());
  const Result<Written> written = co_await std::move(writing);
  Repository* repository = state_.world.repository(wanted.repository);
  if (!repository) co_return exchange.not_found();
  if (written) {
    repository->pushed_at = clock_.now();
    repository->commits.insert(written->commit);
  }
  const Context context{state_, random_, exchange};
  co_return render_written(context, wanted, written);
}

net::Task<http::Response> GitHub::serve_git_request(http::Request& request, Call call, GitTarget target) {
  state_.arrivals.add("git", call, clock_.now());
  const auto fault = take_fault(target.route(), call);
  if (fault) co_await wait(fault->latency);
  if (fault && !lets_through(fault->kind)) {
    const Exchange exchange(call, clock_.now());
    co_return finish_git(api_.faulty(exchange, *fault), call, target);
  }
  auto serving = decide_and_serve_git(request, call, target);
  http::Response answer = co_await std::move(serving);
  if (fault && fault->kind == FaultKind::kCutBody) cut_body(answer);
  co_return finish_git(std::move(answer), call, target);
}

net::Task<http::Response> GitHub::decide_and_serve_git(http::Request& request, Call& call,
                                                       const GitTarget& target) {
  GitDecision decision = decide_git(state_, target, call, clock_.now());
  if (auto* refused = std::get_if<http::Response>(&decision)) co_return std::move(*refused);
  const GitGrant grant = std::get<GitGrant>(decision);
  const RepositoryId id = grant.repository;
  auto ensuring = store_.ensure(id, state_.world.repository(id)->default_branch);
  const Result<> there = co_await std::move(ensuring);
  if (!there) co_return git_text(500, "Internal Server Error: " + there.error().message());
  request.set_body_limit(kMaxPack);
  auto serving = serve_git(store_, target, grant, call, request.body());
  http::Response answer = co_await std::move(serving);
  Repository* repository = state_.world.repository(id);
  const bool pushed =
      target.service == GitService::kPush && target.rest != "/info/refs" && answer.status() == 200;
  if (repository && pushed) repository->pushed_at = clock_.now();
  co_return answer;
}

http::Response GitHub::finish_git(http::Response answer, const Call& call, const GitTarget& target) {
  answer.fields().set("Date", http_date(state_.shown(clock_.now())));
  answer.fields().set("X-GitHub-Request-Id", fmt::format("{:016X}", random_.next()));
  ++state_.records.totals.git_requests;
  state_.records.answered(target.route(), call, answer.status(), clock_.now());
  return answer;
}

net::Task<Result<>> GitHub::commit_file(FileToCommit file) {
  const RepositoryId id = file.repository;
  const Repository* repository = state_.world.repository(id);
  if (!repository) co_return fail(ErrorCode::kNotFound, "no such repository");
  WriteContents write(id, std::move(file.path), Person("sandbox", "sandbox@users.noreply.github.com"));
  write.message = "Add " + write.path;
  write.content = std::move(file.content);
  write.branch = file.branch.empty() ? repository->default_branch : std::move(file.branch);
  write.start = std::move(file.start);
  auto ensuring = store_.ensure(id, repository->default_branch);
  const Result<> there = co_await std::move(ensuring);
  if (!there) co_return std::unexpected(there.error());
  auto writing = store_.write(std::move(write), clock_.now());
  const Result<Written> written = co_await std::move(writing);
  if (!written) co_return std::unexpected(written.error());
  if (Repository* const kept = state_.world.repository(id)) kept->commits.insert(written->commit);
  co_return Result<>();
}

}  // namespace hubwarden::sandbox
