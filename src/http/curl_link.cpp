#include "http/curl_link.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "http/curl_setup.h"

namespace hubwarden::http {
namespace {

// What libcurl asks the kernel for at most, whatever it is asked for.
constexpr std::size_t kMostAtOnce = 64 << 10;

}  // namespace

CurlLink::CurlLink(const net::Executor& executor, const Setup& setup, const Url& url)
    : executor_(executor),
      is_tls_(url.is_https()),
      easy_(curl_easy_init()),
      multi_(std::make_shared<CurlMulti>(executor, [this](CURL*, CURLcode code) { connected(code); })),
      changed_(executor),
      timer_(executor, [this] { give_up(); }) {
  HW_CHECK(easy_);
  CURL* easy = easy_.get();
  set_protocol(easy);
  set_tls(easy, setup.options.tls);
  set_proxy(easy, setup.options.proxy, url);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(setup.options.connect_timeout.count()));
  set(easy, CURLOPT_SHARE, setup.share);
  set(easy, CURLOPT_ERRORBUFFER, error_text_.data());
  // A link is many requests': it keeps none of their paths and queries.
  set(easy, CURLOPT_URL, url.origin().c_str());
  set(easy, CURLOPT_USERAGENT, setup.options.user_agent.c_str());
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_BUFFERSIZE, static_cast<long>(kMostAtOnce));
  set(easy, CURLOPT_CONNECT_ONLY, 1L);
}

CurlLink::~CurlLink() {
  descriptor_.reset();
  multi_->remove(easy_.get());
}

net::Task<CURLcode> CurlLink::connect(Point until) {
  multi_->add(easy_.get());
  while (!connected_ && !is_cut_ && std::chrono::steady_clock::now() < until) {
    net::Task<> changed = changed_.wait(until);
    co_await std::move(changed);
  }
  if (is_cut_) co_return CURLE_ABORTED_BY_CALLBACK;
  co_return connected_.value_or(CURLE_OPERATION_TIMEDOUT);
}

// libcurl closes its descriptor when it likes. Ours is of the same connection.
void CurlLink::connected(CURLcode code) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  if (code == CURLE_OK) code = curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &socket);
  net::UniqueFd own(socket == CURL_SOCKET_BAD ? -1 : ::fcntl(socket, F_DUPFD_CLOEXEC, 0));
  if (code == CURLE_OK && own.get() < 0) code = CURLE_COULDNT_CONNECT;
  if (code == CURLE_OK) descriptor_ = std::make_unique<net::Descriptor>(executor_, std::move(own));
  connected_ = code;
  changed_.ring();
}

std::optional<CURLcode> CurlLink::write_at_once(std::string_view& bytes) {
  while (!bytes.empty()) {
    std::size_t count = 0;
    const CURLcode code = curl_easy_send(easy_.get(), bytes.data(), bytes.size(), &count);
    if (code == CURLE_AGAIN) {
      descriptor_->blocked(net::Want::kWrite);
      return std::nullopt;
    }
    if (code != CURLE_OK) return code;
    bytes.remove_prefix(count);
  }
  return CURLE_OK;
}

net::Task<CURLcode> CurlLink::write(std::string_view bytes, Point until) {
  for (;;) {
    const std::optional<CURLcode> written = write_at_once(bytes);
    if (written) co_return *written;
    net::Task<CURLcode> waiting = ready(net::Want::kWrite, until);
    const CURLcode code = co_await std::move(waiting);
    if (code != CURLE_OK) co_return code;
  }
}

net::Task<CurlLink::Got> CurlLink::read(std::span<char> into, Point until) {
  for (;;) {
    // What TLS has unpacked already makes no descriptor readable.
    if (is_tls_ || descriptor_->maybe_ready(net::Want::kRead)) {
      std::size_t count = 0;
      const CURLcode code = curl_easy_recv(easy_.get(), into.data(), into.size(), &count);
      const bool is_short = !is_tls_ && count < std::min(into.size(), kMostAtOnce);
      if (code == CURLE_OK && is_short) descriptor_->fell_short(net::Want::kRead);
      if (code != CURLE_AGAIN) co_return Got(code, count);
      descriptor_->blocked(net::Want::kRead);
    }
    net::Task<CURLcode> waiting = ready(net::Want::kRead, until);
    const CURLcode code = co_await std::move(waiting);
    if (code != CURLE_OK) co_return Got(code);
  }
}

bool CurlLink::is_quiet(bool certainly) {
  if (is_cut_) return false;
  if (!certainly && !is_tls_ && !descriptor_->maybe_ready(net::Want::kRead)) return true;
  char byte = 0;
  std::size_t count = 0;
  const bool is_quiet = curl_easy_recv(easy_.get(), &byte, 1, &count) == CURLE_AGAIN;
  if (is_quiet) descriptor_->blocked(net::Want::kRead);
  return is_quiet;
}

void CurlLink::cut() {
  is_cut_ = true;
  if (descriptor_) descriptor_->cancel();
  changed_.ring();
}

long CurlLink::proxy_status() const {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &status);
  return status;
}

net::Task<CURLcode> CurlLink::ready(net::Want want, Point until) {
  timer_.due_at(until);
  net::Task<bool> waiting = descriptor_->wait(want);
  const bool is_ready = co_await std::move(waiting);
  timer_.not_due();
  if (is_ready) co_return CURLE_OK;
  co_return is_late_ ? CURLE_OPERATION_TIMEDOUT : CURLE_ABORTED_BY_CALLBACK;
}

void CurlLink::give_up() {
  is_late_ = true;
  descriptor_->cancel();
}

}  // namespace hubwarden::http
