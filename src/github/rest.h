#pragma once

// GitHub's REST API, asked with a token on somebody's behalf: one request, one answer, its body streamed.
//
//   Rest rest(host, client, clock, random);
//   RestRequest request(http::Method::kGet, "/repos/acme/widgets");
//   Result<RestAnswer> answer = co_await rest.send(std::move(request), token, context);
//   if (answer && !answer->meaning) …                       // what GitHub's refusal means (answers.h)
//   if (answer && answer->redirect) …                       // nothing was followed
//
// Stateless but for the clock, which is thread-safe: call it from any loop. What is given to the constructor
// outlives it. It retries nothing, follows nothing and caches nothing: that is decided by who asks. Errors
// are those of http::Client.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "base/secret.h"
#include "github/host.h"
#include "github/server_clock.h"
#include "http/call_context.h"
#include "http/client.h"
#include "net/task.h"

namespace hubwarden::github {

struct RestRequest {
  RestRequest(http::Method method_, std::string target_) : method(method_), target(std::move(target_)) {}

  http::Method method;
  std::string target;   // encoded, below the API: "/repos/acme/widgets/issues?page=2"
  http::Fields fields;  // Accept, If-None-Match, …; without an Accept GitHub's own JSON
  std::string body;     // JSON; empty for none
};

// Where GitHub says that the answer is instead.
struct Redirect {
  Redirect(bool is_within_api_, std::string where_)
      : is_within_api(is_within_api_), where(std::move(where_)) {}

  bool is_within_api;
  std::string where;  // within the API a target as in RestRequest, else an absolute URL
};

struct RestAnswer {
  RestAnswer() = default;

  int status = 0;
  http::Fields fields;
  Result<> meaning;  // a success for 2xx, 304 and a redirect
  std::optional<Redirect> redirect;
  std::unique_ptr<http::BodySource> body;  // of a success; null for none. Dropping it ends the transfer.
};

class Rest {
 public:
  Rest(Host host, http::Client& client, ServerClock& clock, Random& random);

  const Host& host() const { return host_; }

  // The context's deadline is the head's; the body may take kLongestBody more. A redirect is one of a GET,
  // with a place to go to; every other answer that points elsewhere is `upstream_protocol`.
  net::Task<Result<RestAnswer>> send(RestRequest request, Secret token, http::CallContext context);
  // What GitHub pointed to outside of its API (an archive, a log), asked without any credential. `url` is
  // absolute. A further redirect is `upstream_protocol`.
  net::Task<Result<RestAnswer>> fetch(std::string url, http::CallContext context);

  // Of a refusal no more is read: GitHub's error documents are a few hundred bytes.
  static constexpr std::size_t kMaxRefusal = 64 * 1024;
  // A gigabyte at 10 Mbit/s takes as long. A transfer in which nothing moves ends much sooner.
  static constexpr std::chrono::minutes kLongestBody = std::chrono::minutes(15);

 private:
  struct Asked;

  net::Task<Result<RestAnswer>> exchange(http::ClientRequest request, Asked asked);
  std::optional<Redirect> redirect_of(const Asked& asked, const http::ClientResponse& response) const;

  const Host host_;
  http::Client& client_;
  ServerClock& clock_;
  Random& random_;
};

}  // namespace hubwarden::github
