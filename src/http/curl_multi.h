#pragma once

// A libcurl multi handle whose sockets and timer an event loop watches.
//
//   auto multi = std::make_shared<CurlMulti>(executor, [](CURL* easy, CURLcode code) { … });
//   multi->add(easy);
//
// Everything here belongs to the loop's thread, but construction.

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <unordered_map>

#include "http/due_timer.h"
#include "net/task.h"

namespace hubwarden::http {

class CurlMulti : public std::enable_shared_from_this<CurlMulti> {
 public:
  // A transfer has come to its end. Called outside of libcurl's callbacks; it may add and remove transfers.
  using Done = std::function<void(CURL* easy, CURLcode code)>;

  CurlMulti(net::Executor executor, Done done);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  CURLM* handle() { return multi_.get(); }

  // Callbacks run from now on, never inside this call, until it is done or removed.
  void add(CURL* easy);
  void remove(CURL* easy);
  // What libcurl did inside a call of ours may have brought transfers to their end.
  void collect();

 private:
  struct Watch;
  struct MultiDeleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* watch);
  static int on_timer(CURLM* multi, long milliseconds, void* self);
  void watch(curl_socket_t socket, int what);
  void await(const std::shared_ptr<Watch>& watch);
  void act_soon();
  void act(curl_socket_t socket, int events);

  net::Executor executor_;
  Done done_;
  DueTimer timer_;
  bool is_soon_ = false;
  // Shared with the readiness handlers, which may still be queued when libcurl has closed the socket.
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
};

}  // namespace hubwarden::http
