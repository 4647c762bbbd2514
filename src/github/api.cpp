#include "github/api.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"

namespace hubwarden::github {
namespace {

std::string path_of(const policy::Repository& repository) {
  return "/repos/" + percent_encode(repository.owner().shown()) + "/" + percent_encode(repository.name());
}

// The 42 of "/repositories/42/installation", where GitHub sends those who use a former name.
std::optional<RepositoryId> repository_in(std::string_view path) {
  const std::vector<std::string_view> parts = split(path, '/');
  if (parts.size() < 3 || parts[1] != "repositories") return std::nullopt;
  const auto number = parse_number<std::uint64_t>(parts[2]);
  if (!number || *number == 0) return std::nullopt;
  return RepositoryId(*number);
}

std::string path_of(InstallationId id) {
  return "/app/installations/" + std::to_string(id.value());
}

}  // namespace

struct Api::Call {
  Call(Purpose purpose_, http::Method method_, std::string path_, CallContext context_)
      : purpose(purpose_), method(method_), path(std::move(path_)), context(context_) {}

  Purpose purpose;
  http::Method method;
  std::string path;
  CallContext context;
  std::string body;
  std::string asked;  // the permissions of a mint, for messages
  std::size_t max_body = kMaxDocument;
};

// An answer, with its body wiped when it goes: it may hold a token.
struct Api::Exchange {
  explicit Exchange(http::ClientResponse response_) : response(std::move(response_)) {}
  Exchange(Exchange&&) = default;
  Exchange& operator=(Exchange&&) = delete;
  ~Exchange() { wipe(response.body); }

  http::ClientResponse response;
  bool is_dated = false;  // it taught the clock
  // Where it came from after redirects, below the API's address; empty without one.
  std::string redirected_path;
};

Api::Api(Host host, http::Client& client, AppJwtCache& jwt, ServerClock& clock, Random& random)
    : host_(std::move(host)), client_(client), jwt_(jwt), clock_(clock), random_(random) {
}

http::ClientRequest Api::request_for(const Call& call, const std::string& url,
                                     const Secret& credential) const {
  http::ClientRequest request(call.method, url);
  request.fields.add("Accept", "application/vnd.github+json");
  request.fields.add("X-GitHub-Api-Version", host_.api_version());
  if (!call.body.empty()) {
    request.fields.add("Content-Type", "application/json");
    request.body = call.body;
  }
  request.authorization.emplace("Bearer", credential.clone());
  if (call.context.trace) request.fields.add("traceparent", call.context.trace->traceparent_for(random_));
  request.deadline = call.context.deadline;
  request.max_body = call.max_body;
  // After a mint whose answer was lost with its connection, a second token does no harm.
  request.repeatable = call.purpose == Purpose::kMint;
  return request;
}

std::optional<std::string> Api::next_hop(const Call& call, const std::string& url,
                                         const http::ClientResponse& response) const {
  const bool is_redirect = response.status == 301 || response.status == 307 || response.status == 308;
  if (!is_redirect || call.method != http::Method::kGet) return std::nullopt;
  return host_.redirected(url, response.fields.find("Location").value_or(""));
}

Result<> Api::judge(const Call& call, const Exchange& exchange) const {
  const http::ClientResponse& response = exchange.response;
  Answer answer(call.purpose, call.method, response.status, response.fields, response.body, clock_.now());
  answer.asked = call.asked;
  return classify(answer);
}

Task<Result<Api::Exchange>> Api::exchange(const Call& call, const Secret& credential) {
  std::string url = host_.api() + call.path;
  for (int hops = 0;; ++hops) {
    http::ClientRequest request = request_for(call, url, credential);
    const SteadyPoint sent = clock_.steady_now();
    Result<http::ClientResponse> response = co_await client_.send(std::move(request));
    if (!response) co_return std::unexpected(response.error());

    Exchange done(std::move(*response));
    done.is_dated = clock_.observe(done.response.fields, clock_.steady_now() - sent);
    if (hops > 0) done.redirected_path = url.substr(host_.api().size());
    std::optional<std::string> next = next_hop(call, url, done.response);
    if (!next || hops == kMaxRedirects) co_return done;
    url = std::move(*next);
  }
}

Task<Result<Api::Exchange>> Api::as_app(const Call& call) {
  const Secret jwt = jwt_.current();
  Result<Exchange> first = co_await exchange(call, jwt);
  if (!first) co_return first;
  if (first->is_dated && blames_the_clock(first->response.status, first->response.body)) {
    jwt_.forget();
    const Secret corrected = jwt_.current();
    Result<Exchange> second = co_await exchange(call, corrected);
    if (!second) co_return second;
    const Result<> meaning = judge(call, *second);
    if (!meaning) co_return std::unexpected(meaning.error());
    co_return second;
  }
  const Result<> meaning = judge(call, *first);
  if (!meaning) co_return std::unexpected(meaning.error());
  co_return first;
}

Task<Result<MintedToken>> Api::mint(MintRequest request, CallContext context) {
  Call call(Purpose::kMint, http::Method::kPost, path_of(request.installation) + "/access_tokens", context);
  call.body = mint_body(request);
  call.asked = permissions_text(request);
  call.max_body = kMaxMintAnswer;
  Result<Exchange> done = co_await as_app(call);
  if (!done) co_return std::unexpected(done.error());

  Result<MintedToken> minted = read_minted_token(done->response.body);
  const Result<> verified =
      minted ? verify_minted(request, *minted, clock_.now()) : std::unexpected(minted.error());
  if (verified) co_return minted;

  Secret stray = token_in(done->response.body);
  if (stray.empty()) co_return std::unexpected(verified.error());
  const SteadyPoint revoke_by = clock_.steady_now() + kRevokeTime;
  const Result<> revoked = co_await revoke(std::move(stray), context.until(revoke_by));
  Error error = verified.error();
  co_return std::unexpected(
      std::move(error).with_detail(revoked ? "the token was revoked" : "and the token could not be revoked"));
}

Task<Result<Installation>> Api::look_up(std::string path, CallContext context) {
  const Call call(Purpose::kLookUp, http::Method::kGet, std::move(path), context);
  Result<Exchange> done = co_await as_app(call);
  if (!done) co_return std::unexpected(done.error());
  Result<Installation> installation = read_installation(done->response.body);
  if (!installation || done->redirected_path.empty()) co_return installation;
  installation->moved_to = repository_in(done->redirected_path);
  if (!installation->moved_to) {
    co_return fail(ErrorCode::kUpstreamProtocol,
                   "GitHub redirected a look-up to something that is no repository");
  }
  co_return installation;
}

Task<Result<Installation>> Api::find_installation(policy::Repository repository, CallContext context) {
  return look_up(path_of(repository) + "/installation", context);
}

Task<Result<Installation>> Api::find_installation(policy::Owner owner, CallContext context) {
  const std::string name = percent_encode(owner.shown());
  std::string path = "/orgs/" + name + "/installation";
  Result<Installation> organisation = co_await look_up(std::move(path), context);
  if (organisation || organisation.error().code() != ErrorCode::kAppNotInstalled) co_return organisation;
  path = "/users/" + name + "/installation";
  Result<Installation> user = co_await look_up(std::move(path), context);
  co_return user;
}

Task<Result<Installation>> Api::find_installation(InstallationId id, CallContext context) {
  return look_up(path_of(id), context);
}

Task<Result<RepositoryId>> Api::repository_id(InstallationId installation, policy::Repository repository,
                                              CallContext context) {
  std::vector<policy::Repository> one(1, repository);
  Result<RepositoryNames> names = RepositoryNames::make(std::move(one));
  Result<policy::PermissionSet> metadata = policy::PermissionSet::parse("metadata:read");
  if (!names || !metadata) co_return fail(ErrorCode::kInternal, "a name that was parsed is not one");
  MintRequest request(installation, std::move(*names), std::move(*metadata));
  Result<MintedToken> minted = co_await mint(std::move(request), context);
  if (!minted) co_return std::unexpected(minted.error());
  if (minted->repositories.size() != 1) {
    co_return fail(ErrorCode::kUpstreamProtocol, "GitHub's answer to a mint does not name its repository");
  }
  co_return minted->repositories.front().id;
}

Task<Result<RepositoryDocument>> Api::repository(policy::Repository repository, Secret token,
                                                 CallContext context) {
  const Call call(Purpose::kResource, http::Method::kGet, path_of(repository), context);
  Result<Exchange> done = co_await exchange(call, token);
  if (!done) co_return std::unexpected(done.error());
  const Result<> meaning = judge(call, *done);
  if (!meaning) co_return std::unexpected(meaning.error());
  Result<RepositoryDocument> document = read_repository(done->response.body);
  if (document) document->rate_limit = rate_limit_of(done->response.fields);
  co_return document;
}

Task<Result<bool>> Api::is_alive(Secret token, CallContext context) {
  const Call call(Purpose::kResource, http::Method::kGet, "/rate_limit", context);
  Result<Exchange> done = co_await exchange(call, token);
  if (!done) co_return std::unexpected(done.error());
  const int status = done->response.status;
  if (status == 401) co_return false;
  // An Enterprise Server without rate limits has nothing there, but says so only to those whom it knows.
  if (status == 404) co_return true;
  const Result<> meaning = judge(call, *done);
  if (!meaning) co_return std::unexpected(meaning.error());
  co_return true;
}

Task<Result<>> Api::revoke(Secret token, CallContext context) {
  const Call call(Purpose::kResource, http::Method::kDelete, "/installation/token", context);
  Result<Exchange> done = co_await exchange(call, token);
  if (!done) co_return std::unexpected(done.error());
  if (done->response.status == 401) co_return Result<>();
  co_return judge(call, *done);
}

Task<Result<AppDocument>> Api::app(CallContext context) {
  const Call call(Purpose::kApp, http::Method::kGet, "/app", context);
  Result<Exchange> done = co_await as_app(call);
  if (!done) co_return std::unexpected(done.error());
  co_return read_app(done->response.body);
}

// For its answers these are resources like any other: 404 is one that is not there.
Task<Result<DeliveryPage>> Api::failed_deliveries(std::string cursor, SteadyPoint deadline) {
  std::string path = "/app/hook/deliveries?status=failure&per_page=" + std::to_string(kDeliveriesPerPage);
  if (!cursor.empty()) path += "&cursor=" + percent_encode(cursor);
  const Call call(Purpose::kResource, http::Method::kGet, std::move(path), deadline);
  Result<Exchange> done = co_await as_app(call);
  if (!done) co_return std::unexpected(done.error());
  co_return read_deliveries(done->response.body, done->response.fields.find("Link").value_or(""));
}

Task<Result<Webhook>> Api::delivery(DeliveryItem item, SteadyPoint deadline) {
  Call call(Purpose::kResource, http::Method::kGet, "/app/hook/deliveries/" + std::to_string(item.id),
            deadline);
  call.max_body = kMaxDelivery;
  Result<Exchange> done = co_await as_app(call);
  if (!done) co_return std::unexpected(done.error());
  co_return read_delivery(item.event, done->response.body);
}

}  // namespace hubwarden::github
