#include "auth/issuer_keys.h"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "auth/issuer_document.h"
#include "base/later.h"
#include "net/loops.h"
#include "net/one_shot.h"

namespace hubwarden::auth {
namespace {

constexpr std::string_view kFlight = "keys";  // there is one

}  // namespace

net::Task<Result<KeySetPtr>> IssuerKeys::for_token(const jwt::RawJwt& raw, SteadyPoint deadline) {
  const SteadyPoint now = parts_.clock.steady_now();
  const State state = *state_.lock();
  const bool is_usable = state.keys && now < later(state.had_at, kStale);
  const bool is_fresh = is_usable && now < later(state.had_at, kFresh);
  const bool has_key = is_usable && raw.has_key_in(*state.keys);
  if (is_fresh && has_key) co_return state.keys;
  if (now >= state.not_before) {
    net::Task<Outcome> asking = ask(deadline);
    Outcome outcome = co_await std::move(asking);
    if (outcome || !is_usable) co_return outcome;
    co_return state.keys;
  }
  if (is_usable) co_return state.keys;
  Error failure =
      state.failure.value_or(Error(ErrorCode::kUpstreamUnavailable, "the issuer's keys are not known"));
  const auto wait = std::chrono::ceil<std::chrono::seconds>(state.not_before - now);
  co_return std::unexpected(std::move(failure).with_retry_after(wait));
}

// Together with whoever else wants to know.
net::Task<IssuerKeys::Outcome> IssuerKeys::ask(SteadyPoint deadline) {
  const net::Executor here = co_await boost::asio::this_coro::executor;
  auto landing = std::make_shared<net::OneShot<Outcome>>(here);
  const auto joined = flights_.join(kFlight, [landing](const Outcome& outcome) { landing->set(outcome); });
  if (joined.first) net::spawn(here, fly(shared_from_this()), [](std::exception_ptr) {});
  net::Task<std::optional<Outcome>> waiting = landing->wait_until(parts_.timers, deadline);
  std::optional<Outcome> outcome = co_await std::move(waiting);
  if (outcome) co_return *std::move(outcome);
  flights_.leave(kFlight, joined.ticket);
  co_return fail(ErrorCode::kUpstreamTimeout, "the issuer has not told its keys in time");
}

// Nobody's deadline but its own ends it.
net::Task<> IssuerKeys::fly(std::shared_ptr<IssuerKeys> self) {
  Outcome outcome = fail(ErrorCode::kInternal, "asking the issuer ended unexpectedly");
  try {
    net::Task<Outcome> fetching = self->fetch();
    Outcome fetched = co_await std::move(fetching);
    outcome = std::move(fetched);
  } catch (const std::exception&) {
    // Third-party code threw: the waiters learn of an internal error, never of its text.
  }
  self->settle(outcome);
  self->flights_.land(kFlight, outcome);
}

void IssuerKeys::settle(const Outcome& outcome) {
  const SteadyPoint now = parts_.clock.steady_now();
  {
    auto state = state_.lock();
    state->not_before = later(now, kPause);
    state->failure.reset();
    if (outcome) {
      state->keys = *outcome;
      state->had_at = now;
    } else {
      state->failure = outcome.error();
    }
  }
  if (!outcome) {
    parts_.log.warning("issuer.keys_not_had", {{"issuer", issuer_}, {"why", outcome.error().message()}});
    return;
  }
  parts_.log.info("issuer.keys", {{"issuer", issuer_}, {"keys", (*outcome)->size()}});
  for (const std::string& why : (*outcome)->left_out()) {
    parts_.log.info("issuer.key_left_out", {{"issuer", issuer_}, {"why", why}});
  }
}

net::Task<IssuerKeys::Outcome> IssuerKeys::fetch() {
  const SteadyPoint deadline = later(parts_.clock.steady_now(), kTimeout);
  net::Task<Result<std::string>> discovering = get(discovery_url(issuer_), kMaxDiscovery, deadline);
  const Result<std::string> document = co_await std::move(discovering);
  if (!document) co_return std::unexpected(document.error());
  Result<std::string> url = jwks_url_in(*document, issuer_);
  if (!url) co_return std::unexpected(url.error());
  net::Task<Result<std::string>> getting = get(*std::move(url), jwt::KeySet::kMaxBytes, deadline);
  const Result<std::string> text = co_await std::move(getting);
  if (!text) co_return std::unexpected(text.error());
  Result<jwt::KeySet> keys = jwt::KeySet::parse(*text);
  if (!keys) co_return std::unexpected(keys.error());
  co_return std::make_shared<const jwt::KeySet>(*std::move(keys));
}

net::Task<Result<std::string>> IssuerKeys::get(std::string url, std::size_t max_body, SteadyPoint deadline) {
  if (!url.starts_with("https://")) {
    co_return fail(ErrorCode::kUpstreamProtocol, "the issuer is not asked but by https");
  }
  http::ClientRequest request(http::Method::kGet, std::move(url));
  request.fields.set("Accept", "application/json");
  request.deadline = deadline;
  request.max_body = max_body;
  request.public_only = reach_ == Reach::kPublic;
  net::Task<Result<http::ClientResponse>> sending = parts_.client.send(std::move(request));
  Result<http::ClientResponse> answer = co_await std::move(sending);
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->status != 200) {
    co_return fail(ErrorCode::kUpstreamUnavailable, "the issuer answered " + std::to_string(answer->status) +
                                                        " when it was asked for its keys");
  }
  co_return std::move(answer->body);
}

}  // namespace hubwarden::auth
