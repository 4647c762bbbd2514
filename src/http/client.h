#pragma once

// The outbound side: one request, one answer.
//
//   ClientRequest request(Method::kGet, "https://api.github.com/meta");
//   request.deadline = clock.steady_now() + 10s;
//   Result<ClientResponse> response = co_await client.send(std::move(request));
//
// Errors are of transport alone: upstream_unavailable (connection, TLS, DNS), upstream_timeout, upstream_protocol
// (not HTTP, cut body, over the cap). Every status that arrives is an answer, not an error.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/secret.h"
#include "http/message.h"

namespace hubwarden::http {

// "Authorization: <scheme> <secret>". Never follows a redirect; the client follows none.
struct Authorization {
  Authorization(std::string scheme_, Secret secret_) : scheme(std::move(scheme_)), secret(std::move(secret_)) {}
  std::string scheme;  // "Bearer", "Basic"
  Secret secret;
};

struct ClientRequest {
  ClientRequest(Method method_, std::string url_) : method(method_), url(std::move(url_)) {}

  Method method;
  std::string url;  // absolute, http or https
  Fields fields;
  std::optional<Authorization> authorization;
  Body body;
  SteadyPoint deadline = SteadyPoint::max();
  // A longer answer body is upstream_protocol. Does not apply to a streamed answer.
  std::size_t max_body = 1 << 20;
  // The answer's body comes as a stream instead of a string.
  bool stream_answer = false;
};

struct ClientResponse {
  ClientResponse() = default;

  int status = 0;
  Fields fields;
  std::string body;
  std::unique_ptr<BodySource> stream;
};

class Client {
 public:
  virtual ~Client() = default;
  // From any loop's thread; resumes on the caller's loop.
  virtual Task<Result<ClientResponse>> send(ClientRequest request) = 0;
};

}  // namespace hubwarden::http
