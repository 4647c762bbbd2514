#include "http/curl_loop.h"

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "base/check.h"
#include "http/curl_memory.h"
#include "http/curl_transfer.h"

namespace hubwarden::http {

namespace asio = boost::asio;

// A socket of libcurl's, which opens and closes it; Asio only watches.
struct CurlLoop::Watch {
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

CurlLoop::CurlLoop(net::Executor executor, std::shared_ptr<const CurlOptions> options)
    : executor_(executor),
      options_(std::move(options)),
      admission_(executor, {options_->max_transfers, options_->max_waiting}),
      timer_(executor) {
  start_curl();
  share_.reset(curl_share_init());
  multi_.reset(curl_multi_init());
  HW_CHECK(share_ && multi_);
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  // Busy ones count too: fewer than there may be transfers would close what is about to be used again.
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_->max_transfers));
}

CurlLoop::~CurlLoop() {
  HW_CHECK(transfers_.empty());
  multi_.reset();
}

void CurlLoop::start(CurlTransfer& transfer) {
  HW_CHECK(curl_multi_add_handle(multi_.get(), transfer.easy()) == CURLM_OK);
  transfers_.insert(&transfer);
}

void CurlLoop::remove(CurlTransfer& transfer) {
  if (transfers_.erase(&transfer) == 0) return;
  curl_multi_remove_handle(multi_.get(), transfer.easy());
}

void CurlLoop::resume(CurlTransfer& transfer) {
  if (!transfers_.contains(&transfer)) return;
  // What was held back is delivered now, and may turn out not to be what it should.
  const CURLcode code = curl_easy_pause(transfer.easy(), CURLPAUSE_CONT);
  if (code != CURLE_OK) transfer.finish(code);
  collect();
}

net::Task<> CurlLoop::stop(Admission::Point until) {
  admission_.close();
  net::Task<> emptied = admission_.emptied(until);
  co_await std::move(emptied);
  const std::vector<CurlTransfer*> left(transfers_.begin(), transfers_.end());
  for (CurlTransfer* transfer : left) {
    transfer->abort(Error(ErrorCode::kUnavailable, "hubwarden is shutting down"));
  }
}

int CurlLoop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  static_cast<CurlLoop*>(self)->watch(socket, what);
  return 0;
}

int CurlLoop::on_timer(CURLM*, long milliseconds, void* self_) {
  auto* self = static_cast<CurlLoop*>(self_);
  if (milliseconds < 0) {
    self->timer_.cancel();
    return 0;
  }
  self->timer_.expires_after(std::chrono::milliseconds(milliseconds));
  self->timer_.async_wait([weak = self->weak_from_this()](boost::system::error_code error) {
    const std::shared_ptr<CurlLoop> loop = weak.lock();
    if (loop && !error) loop->act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

void CurlLoop::watch(curl_socket_t socket, int what) {
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
void CurlLoop::await(const std::shared_ptr<Watch>& watch) {
  if ((watch->wanted & CURL_POLL_IN) != 0 && !watch->reading) {
    watch->reading = true;
    watch->descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                                 [weak = weak_from_this(), watch](boost::system::error_code error) {
                                   watch->reading = false;
                                   if (error || (watch->wanted & CURL_POLL_IN) == 0) return;
                                   const std::shared_ptr<CurlLoop> loop = weak.lock();
                                   if (!loop) return;
                                   loop->act(watch->socket, CURL_CSELECT_IN);
                                   loop->await(watch);
                                 });
  }
  if ((watch->wanted & CURL_POLL_OUT) != 0 && !watch->writing) {
    watch->writing = true;
    watch->descriptor.async_wait(asio::posix::descriptor_base::wait_write,
                                 [weak = weak_from_this(), watch](boost::system::error_code error) {
                                   watch->writing = false;
                                   if (error || (watch->wanted & CURL_POLL_OUT) == 0) return;
                                   const std::shared_ptr<CurlLoop> loop = weak.lock();
                                   if (!loop) return;
                                   loop->act(watch->socket, CURL_CSELECT_OUT);
                                   loop->await(watch);
                                 });
  }
}

void CurlLoop::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_.get(), socket, events, &running);
  collect();
}

void CurlLoop::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* owner = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
    auto* transfer = reinterpret_cast<CurlTransfer*>(owner);
    transfer->finish(code);
  }
}

}  // namespace hubwarden::http
