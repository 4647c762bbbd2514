#include "delivery/operations/journey.h"

#include <algorithm>

#include "base/text.h"
#include "delivery/operations/answer_fields.h"
#include "github/json.h"
#include "http/url.h"

namespace hubwarden::delivery {
namespace {

// An issue with the longest body that GitHub takes, several bytes a character.
constexpr std::size_t kMaxIssue = 1 << 20;

// Holds the request's place among those in flight until its body is through.
class PermittedBody final : public http::BodySource {
 public:
  PermittedBody(std::unique_ptr<http::BodySource> body, std::optional<github::RatePermit> permit)
      : body_(std::move(body)), permit_(std::move(permit)) {}

  http::Task<Result<std::size_t>> read(std::span<char> into) override { return body_->read(into); }
  std::optional<std::uint64_t> length() const override { return body_->length(); }

 private:
  std::unique_ptr<http::BodySource> body_;
  std::optional<github::RatePermit> permit_;
};

// "*.githubusercontent.com" is every host below it.
bool is_host(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with("*.")) return pattern == host;
  return host.size() > pattern.size() - 1 && host.ends_with(pattern.substr(1));
}

// Of the repository's own number there is one, and the place says it.
Error leads_elsewhere() {
  return Error(ErrorCode::kUpstreamProtocol,
               "GitHub pointed to something else than this operation on this repository");
}

}  // namespace

// An answer, and the place in flight that it has.
class Performer::Journey::Leg {
 public:
  Leg(github::RestAnswer answer_, std::optional<github::RatePermit> permit_)
      : answer(std::move(answer_)), permit(std::move(permit_)) {}

  github::RestAnswer answer;
  std::optional<github::RatePermit> permit;
  bool is_from_elsewhere = false;
};

Performer::Journey::Journey(const Parts& parts, const OperationHost& host,
                            const std::vector<std::string>& redirect_hosts, const OperationCall& call,
                            const Asker& asker, const policy::PermissionSet& scope, http::CallContext context)
    : parts_(parts),
      host_(host),
      redirect_hosts_(redirect_hosts),
      call_(call),
      asker_(asker),
      wanted_(asker.host, {call.repository()}, tokens::PermissionSelection::of(scope)),
      context_(context) {
}

net::Task<Result<Performed>> Performer::Journey::go(http::Fields fields) {
  if (!take_token() || call_.pull_request()) {
    const Result<> is_ready = co_await get_ready();
    if (!is_ready) co_return std::unexpected(Error(is_ready.error()).with_never_sent());
  }
  github::RestRequest request(*http::parse_method(call_.operation().method()), call_.target());
  request.fields = std::move(fields);
  request.body = call_.body();
  Result<Leg> asked = co_await ask(request);
  if (!asked) co_return std::unexpected(asked.error());
  if (!asked->answer.redirect) co_return arrive(std::move(*asked));
  Result<Leg> there = co_await follow(std::move(request), std::move(*asked));
  if (!there) co_return std::unexpected(there.error());
  co_return arrive(std::move(*there));
}

// What comes before the request itself.
net::Task<Result<>> Performer::Journey::get_ready() {
  if (!token_) {
    const Result<> has_token = co_await get_token();
    if (!has_token) co_return has_token;
  }
  if (!call_.pull_request()) co_return Result<>();
  Result<> confirmed = co_await confirm_pull_request(*call_.pull_request());
  co_return confirmed;
}

bool Performer::Journey::take_token() {
  token_ = parts_.tokens.peek(wanted_).token;
  return token_ != nullptr;
}

net::Task<Result<>> Performer::Journey::get_token() {
  const Result<tokens::Served> served = co_await parts_.tokens.token(wanted_, context_);
  if (!served) co_return std::unexpected(served.error());
  token_ = served->token;
  co_return Result<>();
}

net::Task<Result<Performer::Journey::Leg>> Performer::Journey::ask_once(const github::RestRequest& request) {
  const auto place = parts_.tokens.place_of(asker_.host, call_.repository());
  // A static token is of no installation, and all of them count together.
  const InstallationId installation = place ? place->installation : InstallationId(0);
  github::RateAsk rate(installation, asker_.key, context_.deadline);
  rate.resource = call_.operation().resource();
  rate.is_write = request.method != http::Method::kGet;
  rate.is_background = asker_.is_background;
  Result<github::RatePermit> permit = co_await host_.guard.admit(std::move(rate));
  if (!permit) co_return std::unexpected(std::move(permit.error()).with_never_sent());

  // Its turn may have been long in coming. The guard counts a request that was not sent, which costs little.
  const Result<> may = asker_.may_go_on();
  if (!may) co_return std::unexpected(Error(may.error()).with_never_sent());
  Secret token(token_->reveal());
  Result<github::RestAnswer> answer = co_await host_.rest.send(request, std::move(token), context_);
  if (!answer) {
    const Result<> lost = std::unexpected(answer.error());
    const Result<> told = permit->answered(0, http::Fields(), lost);
    co_return std::unexpected(told.error());
  }
  answer->meaning = permit->answered(answer->status, answer->fields, answer->meaning);
  if (!answer->meaning) co_return std::unexpected(answer->meaning.error());
  co_return Leg(std::move(*answer), std::move(*permit));
}

net::Task<Result<Performer::Journey::Leg>> Performer::Journey::ask(const github::RestRequest& request) {
  Attempts attempts(request.method, context_.deadline);
  for (;;) {
    Result<Leg> leg = co_await ask_once(request);
    if (leg) co_return leg;
    const auto lag_pause = [this](int attempt) {
      return parts_.tokens.lag_pause(asker_.host, *token_, attempt);
    };
    const SteadyPoint now = parts_.clock.steady_now();
    const Attempts::Step step = attempts.refused(leg.error(), lag_pause, now, parts_.random);
    const bool is_dead = leg.error().upstream_status() == 401;
    if (is_dead && step.next != Attempts::Next::kRepeat) {
      co_await parts_.tokens.forget_dead(asker_.host, token_);
    }
    if (step.next == Attempts::Next::kGiveUp) co_return leg;
    if (step.pause > Duration::zero()) {
      const SteadyPoint then = now + std::chrono::duration_cast<SteadyPoint::duration>(step.pause);
      co_await net::sleep_until(parts_.timers, then);
    }
    if (step.next == Attempts::Next::kRepeat) continue;
    const Result<> has_token = co_await get_token();
    // GitHub did not act on the request that it answered with 401.
    if (!has_token) co_return std::unexpected(Error(has_token.error()).with_never_sent());
  }
}

net::Task<Result<Performer::Journey::Leg>> Performer::Journey::follow(github::RestRequest request, Leg leg) {
  for (int hops = 1; leg.answer.redirect; ++hops) {
    const github::Redirect redirect = *leg.answer.redirect;
    if (!redirect.is_within_api) {
      Result<Leg> fetched = co_await fetch(redirect.where);
      co_return fetched;
    }
    if (hops > kMaxRedirects || !leads_to_the_same(redirect.where, asked_of(), Naming::kByIdAlone)) {
      co_return std::unexpected(leads_elsewhere());
    }
    request.target = redirect.where;
    leg.permit.reset();
    Result<Leg> next = co_await ask(request);
    if (!next) co_return next;
    leg.answer = std::move(next->answer);
    leg.permit = std::move(next->permit);
  }
  co_return leg;
}

net::Task<Result<Performer::Journey::Leg>> Performer::Journey::fetch(std::string url) {
  const Result<http::Url> parsed = http::Url::parse(url);
  const auto allows = [&parsed](const std::string& pattern) { return is_host(pattern, parsed->authority()); };
  const bool may_follow = parsed && parsed->is_https() == host_.rest.host().api().starts_with("https:") &&
                          std::ranges::any_of(redirect_hosts_, allows);
  if (!may_follow) {
    co_return fail(ErrorCode::kUpstreamProtocol,
                   "GitHub pointed to a host that hubwarden does not follow it to" +
                       (parsed ? ": " + parsed->authority() : std::string()));
  }
  Result<github::RestAnswer> answer = co_await host_.rest.fetch(std::move(url), context_);
  if (!answer) co_return std::unexpected(answer.error());
  if (!answer->meaning) co_return std::unexpected(answer->meaning.error());
  Leg leg(std::move(*answer), std::nullopt);
  leg.is_from_elsewhere = true;
  co_return leg;
}

// By what the token may read: as an issue, which names the pull request that it is, or as a pull request.
net::Task<Result<>> Performer::Journey::confirm_pull_request(std::int64_t number) {
  const bool as_issue = wanted_.permissions.set()->levels().contains("issues");
  const policy::Repository& repository = call_.repository();
  github::RestRequest request(http::Method::kGet, "/repos/" + percent_encode(repository.owner().shown()) +
                                                      "/" + percent_encode(repository.name()) +
                                                      (as_issue ? "/issues/" : "/pulls/") +
                                                      std::to_string(number));
  Result<Leg> leg = co_await ask(request);
  if (!leg) co_return std::unexpected(leg.error());
  if (leg->answer.redirect) co_return std::unexpected(leads_elsewhere());
  if (!as_issue) co_return Result<>();
  const Result<std::string> body = co_await http::read_all(*leg->answer.body, kMaxIssue);
  if (!body) co_return std::unexpected(body.error());
  const Result<boost::json::value> document = github::json::parse(*body);
  const boost::json::object* const issue = document ? github::json::object_in(*document) : nullptr;
  if (issue == nullptr) co_return fail(ErrorCode::kUpstreamProtocol, "GitHub's answer is not an issue");
  if (issue->contains("pull_request")) co_return Result<>();
  co_return fail(ErrorCode::kInvalidRequest,
                 "number " + std::to_string(number) + " is an issue, not a pull request");
}

AskedOf Performer::Journey::asked_of() const {
  const auto place = parts_.tokens.place_of(asker_.host, call_.repository());
  return {host_.rest.host(), call_.operation(), call_.repository(), place ? place->repository : std::nullopt};
}

Performed Performer::Journey::arrive(Leg leg) const {
  Performed performed;
  performed.status = leg.answer.status;
  performed.fields = leg.is_from_elsewhere ? callers_fields_from_elsewhere(leg.answer.fields)
                                           : callers_fields(leg.answer.fields, asked_of());
  if (leg.answer.body) {
    performed.body = std::make_unique<PermittedBody>(std::move(leg.answer.body), std::move(leg.permit));
  }
  return performed;
}

}  // namespace hubwarden::delivery
