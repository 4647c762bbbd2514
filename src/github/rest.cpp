#include "github/rest.h"

#include <algorithm>
#include <array>

#include "github/answers.h"
#include "http/url.h"

namespace hubwarden::github {
namespace {

constexpr std::size_t kPiece = 8 * 1024;

// GitHub's JSON, in the version that the rest of hubwarden was made for.
void add_usual_fields(http::ClientRequest& request, const Host& host) {
  if (!request.fields.find("Accept")) request.fields.add("Accept", "application/vnd.github+json");
  request.fields.add("X-GitHub-Api-Version", host.api_version());
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Refusals, redirects, and successes that have no content.
bool has_nothing_to_stream(int status) {
  return status >= 300 || status == 204 || status == 205;
}

// As much of a refusal as is worth reading. One that breaks off says what it says.
net::Task<std::string> beginning_of(http::BodySource& body, std::size_t most) {
  std::string text;
  std::array<char, kPiece> piece{};
  while (text.size() < most) {
    const Result<std::size_t> got = co_await body.read(piece);
    if (!got || *got == 0) break;
    text.append(piece.data(), std::min(*got, most - text.size()));
  }
  co_return text;
}

}  // namespace

// What its answer is read by.
struct Rest::Asked {
  Asked(http::Method method_, std::string url_, bool is_api_)
      : method(method_), url(std::move(url_)), is_api(is_api_) {}

  http::Method method;
  std::string url;
  bool is_api;
};

Rest::Rest(Host host, http::Client& client, ServerClock& clock, Random& random)
    : host_(std::move(host)), client_(client), clock_(clock), random_(random) {
}

net::Task<Result<RestAnswer>> Rest::send(RestRequest request, Secret token, http::CallContext context) {
  http::ClientRequest outbound(request.method, host_.api() + request.target);
  outbound.fields = std::move(request.fields);
  add_usual_fields(outbound, host_);
  if (!request.body.empty()) {
    outbound.fields.add("Content-Type", "application/json");
    outbound.body = std::move(request.body);
  }
  if (context.trace) outbound.fields.add("traceparent", context.trace->traceparent_for(random_));
  outbound.authorization.emplace("Bearer", std::move(token));
  outbound.head_deadline = context.deadline;
  Asked asked(request.method, outbound.url, true);
  return exchange(std::move(outbound), std::move(asked));
}

net::Task<Result<RestAnswer>> Rest::fetch(std::string url, http::CallContext context) {
  http::ClientRequest outbound(http::Method::kGet, url);
  outbound.head_deadline = context.deadline;
  Asked asked(http::Method::kGet, std::move(url), false);
  return exchange(std::move(outbound), std::move(asked));
}

net::Task<Result<RestAnswer>> Rest::exchange(http::ClientRequest request, Asked asked) {
  request.stream_answer = true;
  if (request.head_deadline < SteadyPoint::max() - kLongestBody) {
    request.deadline = request.head_deadline + kLongestBody;
  }
  const SteadyPoint sent = clock_.steady_now();
  Result<http::ClientResponse> response = co_await client_.send(std::move(request));
  if (!response) co_return std::unexpected(response.error());
  if (asked.is_api) clock_.observe(response->fields, clock_.steady_now() - sent);

  RestAnswer answer;
  answer.status = response->status;
  answer.redirect = redirect_of(asked, *response);
  const bool is_whole = has_nothing_to_stream(response->status);
  std::string beginning;
  // Read also where it is of no use: a connection whose answer was not read cannot be used again.
  if (is_whole && response->stream) beginning = co_await beginning_of(*response->stream, kMaxRefusal);
  if (!answer.redirect) {
    const Answer seen(Purpose::kResource, asked.method, response->status, response->fields, beginning,
                      clock_.now());
    answer.meaning = classify(seen);
  }
  answer.fields = std::move(response->fields);
  if (!is_whole) answer.body = std::move(response->stream);
  co_return answer;
}

std::optional<Redirect> Rest::redirect_of(const Asked& asked, const http::ClientResponse& response) const {
  if (!asked.is_api || !is_redirect(response.status) || asked.method != http::Method::kGet)
    return std::nullopt;
  const std::string location(response.fields.find("Location").value_or(""));
  if (const auto within = host_.redirected(asked.url, location)) {
    return Redirect(true, within->substr(host_.api().size()));
  }
  if (!http::Url::parse(location)) return std::nullopt;
  return Redirect(false, location);
}

}  // namespace hubwarden::github
