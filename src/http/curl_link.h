#pragma once

// A connection that libcurl makes, with its look-ups, proxies and TLS, and on which the bytes are ours.
//
//   CurlLink link(executor, CurlLink::Setup(options, share), url);
//   const CURLcode connected = co_await link.connect(until);
//   const CURLcode sent = co_await link.write(bytes, until);
//   const CurlLink::Got got = co_await link.read(into, until);
//
// CURLE_OPERATION_TIMEDOUT: `until` has come; CURLE_ABORTED_BY_CALLBACK: cut. After anything but CURLE_OK the
// link is of no further use. Belongs to its loop's thread. One call at a time.

#include <curl/curl.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/alarm.h"
#include "http/curl_multi.h"
#include "http/curl_options.h"
#include "http/due_timer.h"
#include "http/url.h"
#include "net/descriptor.h"

namespace hubwarden::http {

class CurlLink {
 public:
  using Point = Alarm::Point;

  struct Setup {
    Setup(const CurlOptions& options_, CURLSH* share_) : options(options_), share(share_) {}
    const CurlOptions& options;
    CURLSH* share;  // lives longer than the link
  };

  CurlLink(const net::Executor& executor, const Setup& setup, const Url& url);
  ~CurlLink();
  CurlLink(const CurlLink&) = delete;
  CurlLink& operator=(const CurlLink&) = delete;

  // Look-up, proxy, TCP and TLS.
  net::Task<CURLcode> connect(Point until);
  // All of the bytes.
  net::Task<CURLcode> write(std::string_view bytes, Point until);
  // As many as are taken without a wait; nothing when some are left.
  std::optional<CURLcode> write_at_once(std::string_view& bytes);

  // See net::Descriptor.
  bool others_are_ready() const { return descriptor_->others_are_ready(); }

  struct Got {
    explicit Got(CURLcode code_, std::size_t count_ = 0) : code(code_), count(count_) {}
    CURLcode code;
    std::size_t count;  // with CURLE_OK, 0 is the end
  };
  net::Task<Got> read(std::span<char> into, Point until);

  // Between two exchanges: the other side has neither said something nor gone. With `certainly` the kernel is
  // asked, otherwise what it has told so far is enough.
  bool is_quiet(bool certainly);
  // Ends what waits, soon but not inside this call, and all that would wait later.
  void cut();

  // libcurl's own words for what failed, and a proxy's answer to CONNECT, 0 for none.
  const char* error_text() const { return error_text_.data(); }
  long proxy_status() const;

 private:
  struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };

  void connected(CURLcode code);
  // What the wait came to.
  net::Task<CURLcode> ready(net::Want want, Point until);
  void give_up();

  net::Executor executor_;
  bool is_tls_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  std::unique_ptr<CURL, EasyDeleter> easy_;
  // Of its own: libcurl would tidy away the idle connections of a common one, with what had just come on
  // them.
  std::shared_ptr<CurlMulti> multi_;
  Alarm changed_;
  std::optional<CURLcode> connected_;
  std::unique_ptr<net::Descriptor> descriptor_;
  bool is_cut_ = false;

  DueTimer timer_;
  bool is_late_ = false;
};

}  // namespace hubwarden::http
