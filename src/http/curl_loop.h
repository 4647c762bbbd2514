#pragma once

// What one event loop's requests have in common: their transfers, their connections, and the bound on how
// much is under way.
//
// Everything here belongs to the loop's thread, but construction. Shared by the client and its transfers,
// because an answer that is being streamed may be dropped after the client; it must go before the loop's
// io_context.

#include <curl/curl.h>

#include <memory>
#include <unordered_set>

#include "base/error.h"
#include "http/admission.h"
#include "http/curl_multi.h"
#include "http/curl_options.h"
#include "http/link_pool.h"
#include "net/task.h"

namespace hubwarden::http {

class CurlTransfer;
class StreamedExchange;

class CurlLoop {
 public:
  CurlLoop(net::Executor executor, std::shared_ptr<const CurlOptions> options);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  const net::Executor& executor() const { return executor_; }
  const CurlOptions& options() const { return *options_; }
  Admission& admission() { return admission_; }
  // TLS sessions, for all connections of this loop.
  CURLSH* share() { return share_.get(); }

  // The transfer's callbacks run from now on, never inside start(), until finish() or remove().
  void start(CurlTransfer& transfer);
  void remove(CurlTransfer& transfer);
  // Lets a transfer go on whose callbacks had paused it. Not from inside a callback.
  void resume(CurlTransfer& transfer);

  // Exchanges have connections of their own, which wait here for the next one.
  LinkPool& links() { return links_; }
  void add(StreamedExchange& exchange) { exchanges_.insert(&exchange); }
  void remove(StreamedExchange& exchange) { exchanges_.erase(&exchange); }

  // Nothing new begins; what is under way has until then to finish and is cut.
  net::Task<> stop(Admission::Point until);

 private:
  struct ShareDeleter {
    void operator()(CURLSH* share) const { curl_share_cleanup(share); }
  };

  net::Executor executor_;
  std::shared_ptr<const CurlOptions> options_;
  Admission admission_;
  std::unordered_set<CurlTransfer*> transfers_;
  std::unordered_set<StreamedExchange*> exchanges_;
  std::unique_ptr<CURLSH, ShareDeleter> share_;
  std::shared_ptr<CurlMulti> multi_;
  LinkPool links_;
};

}  // namespace hubwarden::http
