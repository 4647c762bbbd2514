#include "http/curl_multi.h"

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "http/curl_memory.h"

namespace hubwarden::http {

namespace asio = boost::asio;

// A socket of libcurl's, which opens and closes it; Asio only watches.
struct CurlMulti::Watch {
  Watch(const net::Executor& executor, curl_socket_t socket_) : socket(socket_), descriptor(executor) {
    // Not an exception: this happens inside of libcurl. The kernel is out of memory, or of epoll entries.
    boost::system::error_code error;
    descriptor.assign(socket, error);
    HW_CHECK(!error);
  }
  ~Watch() { release(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void release() {
    wanted = CURL_POLL_NONE;
    if (descriptor.is_open()) descriptor.release();
  }

  curl_socket_t socket;
  asio::posix::basic_stream_descriptor<net::Executor> descriptor;
  int wanted = CURL_POLL_NONE;
  bool reading = false;
  bool writing = false;
};

CurlMulti::CurlMulti(net::Executor executor, Done done)
    : executor_(executor), done_(std::move(done)), timer_(executor, [this] { act(CURL_SOCKET_TIMEOUT, 0); }) {
  start_curl();
  multi_.reset(curl_multi_init());
  HW_CHECK(multi_);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
}

// libcurl closes its sockets, and says so to what else is here.
CurlMulti::~CurlMulti() {
  multi_.reset();
}

void CurlMulti::add(CURL* easy) {
  HW_CHECK(curl_multi_add_handle(multi_.get(), easy) == CURLM_OK);
}

void CurlMulti::remove(CURL* easy) {
  curl_multi_remove_handle(multi_.get(), easy);
}

int CurlMulti::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  static_cast<CurlMulti*>(self)->watch(socket, what);
  return 0;
}

// At the first moment of a transfer libcurl wants to be called at once, which needs no timer.
int CurlMulti::on_timer(CURLM*, long milliseconds, void* self_) {
  auto* self = static_cast<CurlMulti*>(self_);
  self->timer_.not_due();
  if (milliseconds == 0) self->act_soon();
  if (milliseconds > 0) {
    self->timer_.due_at(std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds));
  }
  return 0;
}

void CurlMulti::act_soon() {
  if (std::exchange(is_soon_, true)) return;
  asio::post(executor_, [weak = weak_from_this()] {
    const std::shared_ptr<CurlMulti> self = weak.lock();
    if (!self) return;
    self->is_soon_ = false;
    self->act(CURL_SOCKET_TIMEOUT, 0);
  });
}

void CurlMulti::watch(curl_socket_t socket, int what) {
  const auto at = watches_.find(socket);
  if (what == CURL_POLL_REMOVE) {
    if (at == watches_.end()) return;
    at->second->release();
    watches_.erase(at);
    return;
  }
  std::shared_ptr<Watch> watch = at != watches_.end() ? at->second : nullptr;
  if (!watch) {
    watch = std::make_shared<Watch>(executor_, socket);
    watches_.emplace(socket, watch);
  }
  watch->wanted = what;
  await(watch);
}

// Readiness is asked for one time at a time, in each direction that libcurl wants and that is not asked for
// yet.
void CurlMulti::await(const std::shared_ptr<Watch>& watch) {
  if ((watch->wanted & CURL_POLL_IN) != 0 && !watch->reading) {
    watch->reading = true;
    watch->descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                                 [weak = weak_from_this(), watch](boost::system::error_code error) {
                                   watch->reading = false;
                                   if (error || (watch->wanted & CURL_POLL_IN) == 0) return;
                                   const std::shared_ptr<CurlMulti> self = weak.lock();
                                   if (!self) return;
                                   self->act(watch->socket, CURL_CSELECT_IN);
                                   self->await(watch);
                                 });
  }
  if ((watch->wanted & CURL_POLL_OUT) != 0 && !watch->writing) {
    watch->writing = true;
    watch->descriptor.async_wait(asio::posix::descriptor_base::wait_write,
                                 [weak = weak_from_this(), watch](boost::system::error_code error) {
                                   watch->writing = false;
                                   if (error || (watch->wanted & CURL_POLL_OUT) == 0) return;
                                   const std::shared_ptr<CurlMulti> self = weak.lock();
                                   if (!self) return;
                                   self->act(watch->socket, CURL_CSELECT_OUT);
                                   self->await(watch);
                                 });
  }
}

void CurlMulti::act(curl_socket_t socket, int events) {
  const std::shared_ptr<CurlMulti> stays = shared_from_this();
  int running = 0;
  curl_multi_socket_action(multi_.get(), socket, events, &running);
  collect();
}

void CurlMulti::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    // The message goes with its transfer.
    const CURLcode code = message->data.result;
    if (message->msg == CURLMSG_DONE) done_(message->easy_handle, code);
  }
}

}  // namespace hubwarden::http
