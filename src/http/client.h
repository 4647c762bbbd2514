#pragma once

// The outbound side: one request, one answer.
//
//   ClientRequest request(Method::kGet, "https://api.github.com/meta");
//   request.deadline = clock.steady_now() + 10s;
//   Result<ClientResponse> response = co_await client.send(std::move(request));
//
// Errors are of transport alone: upstream_unavailable (connection, TLS, DNS), upstream_timeout,
// upstream_protocol (not HTTP, cut body, over the cap). Every status that arrives is an answer, not an error.
// Error::never_sent() tells whether a write may be tried again without asking what became of the first. A
// request that cannot be sent is invalid_request; one for which there is no room, or that comes while the
// client stops, is unavailable.

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
  Authorization(std::string scheme_, Secret secret_)
      : scheme(std::move(scheme_)), secret(std::move(secret_)) {}
  std::string scheme;  // "Bearer", "Basic"
  Secret secret;
};

struct ClientRequest {
  ClientRequest(Method method_, std::string url_) : method(method_), url(std::move(url_)) {}

  Method method;
  std::string url;  // absolute, http or https
  // Not Host, Connection, Content-Length, Transfer-Encoding, Expect, Authorization: those are the client's
  // own.
  Fields fields;
  std::optional<Authorization> authorization;
  // A stream is read to its end before send() returns, or until an answer of 300 and above makes the rest
  // pointless. It keeps its own deadline: while it is waited for, nothing else is noticed.
  Body body;
  // Of the whole exchange, a streamed answer included.
  SteadyPoint deadline = SteadyPoint::max();
  // Of the answer's head, where a streamed body may take longer: upstream_timeout without one by then.
  SteadyPoint head_deadline = SteadyPoint::max();
  // A longer answer body is upstream_protocol. Does not apply to a streamed answer.
  std::size_t max_body = 1 << 20;
  // The answer's body comes as a stream instead of a string. Dropping the stream ends the transfer.
  bool stream_answer = false;
  // Twice does no harm, although the method (POST, PATCH) does not say so: sent again by itself when a reused
  // connection turns out to be dead. Never done for a streamed body.
  bool repeatable = false;
  // Ask for a compressed answer and hand it out unpacked; `max_body` counts unpacked bytes.
  bool decompress = false;
  // For hosts that others have named: upstream_unavailable, before anything is sent, unless the server's
  // address is a public one (public_host.h).
  bool public_only = false;
};

// Whether it may be sent again when nobody knows what became of it.
inline bool is_harmless_twice(const ClientRequest& request) {
  if (std::holds_alternative<std::unique_ptr<BodySource>>(request.body)) return false;
  return request.repeatable || (request.method != Method::kPost && request.method != Method::kPatch);
}

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
