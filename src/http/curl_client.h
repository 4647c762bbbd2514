#pragma once

// The outbound client: libcurl's multi interface, driven by the event loops that the callers run on.
//
//   CurlClient client(options, clock, {loop.get_executor()});
//   Result<ClientResponse> response = co_await client.send(std::move(request));
//   …
//   co_await client.stop(5s);
//
// Certificates are verified, connections are reused, HTTP/2 is spoken where it is offered (but for streams).
// No redirect is followed, no cookie kept, nothing read from the environment.
//
// Each loop has its own connections and bounds. Lives longer than its requests and shorter than the loops.

#include <chrono>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "http/admission.h"
#include "http/client.h"
#include "http/curl_loop.h"
#include "http/curl_options.h"
#include "http/url.h"
#include "net/task.h"

namespace hubwarden::http {

class CurlClient final : public Client {
 public:
  // `loops`: every loop from which requests come, each run by one thread.
  CurlClient(CurlOptions options, const Clock& clock, const std::vector<net::Executor>& loops);
  ~CurlClient() override;

  Task<Result<ClientResponse>> send(ClientRequest request) override;

  // New requests are unavailable from now on, as are those in the queue; those under way have `grace` to
  // finish and are cut then, streams included. Returns when nothing is under way. The loops must be running.
  Task<> stop(std::chrono::milliseconds grace);

 private:
  // The two ways of sending: libcurl's own, and over a connection that it makes.
  Task<Result<ClientResponse>> transfer(ClientRequest request, Url url);
  Task<Result<ClientResponse>> exchange(ClientRequest request, Url url);
  struct Entered {
    Entered(std::shared_ptr<CurlLoop> loop_, Admission::Place place_)
        : loop(std::move(loop_)), place(std::move(place_)) {}
    std::shared_ptr<CurlLoop> loop;
    Admission::Place place;
  };
  Task<Result<Entered>> enter(SteadyPoint deadline);
  std::shared_ptr<CurlLoop> loop_of(const net::Executor& executor) const;

  std::shared_ptr<const CurlOptions> options_;
  const Clock& clock_;
  std::vector<std::shared_ptr<CurlLoop>> loops_;
};

}  // namespace hubwarden::http
