#include "http/url.h"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <utility>

#include "base/text.h"

namespace hubwarden::http {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

std::uint16_t usual_port(bool is_https) {
  return is_https ? kHttpsPort : kHttpPort;
}

}  // namespace

Url::Url(std::string text, std::string host, std::uint16_t port, bool is_https)
    : text_(std::move(text)), host_(std::move(host)), port_(port), is_https_(is_https) {
}

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > kMaxLength) {
    return fail(ErrorCode::kInvalidRequest,
                "the URL is longer than " + std::to_string(kMaxLength) + " bytes");
  }
  const auto parsed = boost::urls::parse_uri(boost::urls::string_view(text.data(), text.size()));
  if (!parsed) return fail(ErrorCode::kInvalidRequest, "the URL cannot be read");
  const boost::urls::url_view& url = *parsed;
  const bool is_https = url.scheme_id() == boost::urls::scheme::https;
  if (!is_https && url.scheme_id() != boost::urls::scheme::http) {
    return fail(ErrorCode::kInvalidRequest, "the URL's scheme is neither http nor https");
  }
  const std::string_view host(url.encoded_host().data(), url.encoded_host().size());
  if (host.empty() || host.find('%') != std::string_view::npos) {
    return fail(ErrorCode::kInvalidRequest, "the URL names no host");
  }
  if (url.has_userinfo() || url.has_fragment()) {
    return fail(ErrorCode::kInvalidRequest, "the URL holds a user name or a fragment");
  }
  std::uint16_t port = usual_port(is_https);
  if (url.has_port()) {
    port = parse_number<std::uint16_t>(std::string_view(url.port().data(), url.port().size())).value_or(0);
    if (port == 0) return fail(ErrorCode::kInvalidRequest, "the URL's port is not one");
  }
  return Url(std::string(text), lower(host), port, is_https);
}

std::string Url::authority() const {
  return port_ == usual_port(is_https_) ? host_ : host_ + ":" + std::to_string(port_);
}

std::string Url::target() const {
  const std::size_t authority = text_.find("://") + 3;
  const std::size_t begin = std::min(text_.find_first_of("/?", authority), text_.size());
  const bool has_path = begin < text_.size() && text_[begin] == '/';
  return (has_path ? "" : "/") + text_.substr(begin);
}

std::string Url::origin() const {
  return (is_https_ ? "https://" : "http://") + authority();
}

}  // namespace hubwarden::http
