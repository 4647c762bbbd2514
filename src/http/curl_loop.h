#pragma once

// One libcurl multi handle on one event loop: its sockets, its timer, its connections, and the bound on how
// much is under way.
//
// Everything here belongs to the loop's thread, but construction. Shared by the client and its transfers,
// because an answer that is being streamed may be dropped after the client; it must go before the loop's
// io_context.

#include <curl/curl.h>

#include <boost/asio/basic_waitable_timer.hpp>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "http/admission.h"
#include "http/curl_options.h"
#include "net/task.h"

namespace hubwarden::http {

class CurlTransfer;

class CurlLoop : public std::enable_shared_from_this<CurlLoop> {
 public:
  CurlLoop(net::Executor executor, std::shared_ptr<const CurlOptions> options);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  const net::Executor& executor() const { return executor_; }
  const CurlOptions& options() const { return *options_; }
  Admission& admission() { return admission_; }
  // TLS sessions, for all transfers of this loop.
  CURLSH* share() { return share_.get(); }

  // The transfer's callbacks run from now on, never inside start(), until finish() or remove().
  void start(CurlTransfer& transfer);
  void remove(CurlTransfer& transfer);
  // Lets a transfer go on whose callbacks had paused it. Not from inside a callback.
  void resume(CurlTransfer& transfer);

  // Nothing new begins; what is under way has until then to finish and is cut.
  net::Task<> stop(Admission::Point until);

 private:
  struct Watch;
  struct MultiDeleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  struct ShareDeleter {
    void operator()(CURLSH* share) const { curl_share_cleanup(share); }
  };

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* watch);
  static int on_timer(CURLM* multi, long milliseconds, void* self);
  void watch(curl_socket_t socket, int what);
  void await(const std::shared_ptr<Watch>& watch);
  void act(curl_socket_t socket, int events);
  void collect();

  net::Executor executor_;
  std::shared_ptr<const CurlOptions> options_;
  Admission admission_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, net::Executor>
      timer_;
  // Shared with the readiness handlers, which may still be queued when libcurl has closed the socket.
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::unordered_set<CurlTransfer*> transfers_;
  std::unique_ptr<CURLSH, ShareDeleter> share_;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
};

}  // namespace hubwarden::http
