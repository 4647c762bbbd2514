// A transfer's settings: what is sent, and where what comes goes.

#include <sys/socket.h>

#include "http/curl_setup.h"
#include "http/curl_transfer.h"
#include "http/public_host.h"
#include "net/public_address.h"

namespace hubwarden::http {
namespace {

void set_text(CURL* easy, std::string_view text) {
  set(easy, CURLOPT_POST, 1L);
  set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(text.size()));
  set(easy, CURLOPT_POSTFIELDS, text.data());
}

}  // namespace

void CurlTransfer::configure() {
  CURL* easy = easy_.get();
  set_protocol(easy);
  set_tls(easy, loop_->options().tls);
  configure_way();
  set_times(easy, loop_->options(), parts_.timeout);
  set(easy, CURLOPT_SHARE, loop_->share());
  set(easy, CURLOPT_PRIVATE, static_cast<void*>(this));
  set(easy, CURLOPT_ERRORBUFFER, error_text_.data());
  set(easy, CURLOPT_URL, parts_.url.text().c_str());
  set(easy, CURLOPT_USERAGENT, loop_->options().user_agent.c_str());
  set(easy, CURLOPT_HTTPHEADER, parts_.lines.list());
  if (parts_.request.decompress) set(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  set(easy, CURLOPT_PREREQFUNCTION, &CurlTransfer::on_send);
  set(easy, CURLOPT_PREREQDATA, static_cast<void*>(this));
  set(easy, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
  configure_body();
  // A paused HTTP/2 stream holds up its whole connection in this libcurl: what is streamed has one of its
  // own.
  const bool streams = source_ != nullptr || parts_.request.stream_answer;
  set(easy, CURLOPT_HTTP_VERSION,
      static_cast<long>(streams ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
  // Rather share a connection that is being made than make another one; the TLS handshake tells whether it
  // can be shared. Without TLS only the first answer would.
  set(easy, CURLOPT_PIPEWAIT, parts_.url.is_https() && !streams ? 1L : 0L);
}

void CurlTransfer::configure_way() {
  CURL* easy = easy_.get();
  const CurlProxy& proxy = loop_->options().proxy;
  set_proxy(easy, proxy, parts_.url);
  if (!parts_.request.public_only) return;
  // From here on it is ours to say, not libcurl's, so that nothing falls between the two checks.
  if (goes_through_proxy(proxy, parts_.url)) {
    set(easy, CURLOPT_NOPROXY, "");
    return;
  }
  set(easy, CURLOPT_PROXY, "");
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_socket);
  set(easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  // Not over one that another request has made, to an address that nobody looked at.
  set(easy, CURLOPT_FRESH_CONNECT, 1L);
}

curl_socket_t CurlTransfer::on_socket(void* self_, curlsocktype, curl_sockaddr* address) {
  auto* self = static_cast<CurlTransfer*>(self_);
  if (!net::is_public_address(address->addr, address->addrlen)) {
    self->met_private_address_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void CurlTransfer::configure_body() {
  CURL* easy = easy_.get();
  const Method method = parts_.request.method;
  if (source_ != nullptr) {
    set(easy, CURLOPT_UPLOAD, 1L);
    const auto length = source_left_ ? static_cast<curl_off_t>(*source_left_) : curl_off_t{-1};
    set(easy, CURLOPT_INFILESIZE_LARGE, length);
    set(easy, CURLOPT_READFUNCTION, &CurlTransfer::on_upload);
    set(easy, CURLOPT_READDATA, static_cast<void*>(this));
  } else if (const std::optional<std::string_view> text = text_of(parts_.request.body)) {
    set_text(easy, *text);
  } else if (method == Method::kPost || method == Method::kPut || method == Method::kPatch) {
    // GitHub wants "Content-Length: 0" here.
    set_text(easy, "");
  } else if (method == Method::kHead) {
    set(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  set(easy, CURLOPT_CUSTOMREQUEST, std::string(to_string(method)).c_str());
}

}  // namespace hubwarden::http
