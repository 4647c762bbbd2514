#include "wire/http1_request.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "base/text.h"
#include "wire/http1_syntax.h"

namespace hubwarden::wire {
namespace {

namespace http = boost::beast::http;

using Outcome = std::expected<void, Refusal>;

std::unexpected<Refusal> refuse(int status, std::string_view message) {
  return std::unexpected(Refusal{status, message});
}

std::string_view view(boost::core::string_view text) {
  return {text.data(), text.size()};
}

// "HTTP/2.0" is a version that we do not speak; "HTPT/1.1" and "HTTP/1.1 " are no version at all.
Refusal explain_version(std::string_view head) {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const std::string_view version = line.substr(line.rfind(' ') + 1);
  const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                           version[6] == '.' && is_digit(version[7]);
  if (well_formed) return {505, "this server speaks HTTP/1.1 and HTTP/1.0"};
  return {400, "the request line has no HTTP version"};
}

Refusal explain(const boost::system::error_code& error, std::string_view head) {
  using Why = http::error;
  if (error == Why::bad_method) return {400, "the method is not a token"};
  if (error == Why::bad_target) return {400, "the request target is malformed"};
  if (error == Why::bad_version) return explain_version(head);
  if (error == Why::bad_content_length || error == Why::multiple_content_length) {
    return {400, "Content-Length is ambiguous or not a number"};
  }
  if (error == Why::bad_transfer_encoding) return {400, "the length of the body is ambiguous"};
  return {400, "a header field is malformed"};
}

}  // namespace

// The fields that decide about framing and identity: how often they came, and the first value.
struct RequestHead::Seen {
  Seen() = default;

  struct Field {
    void saw(std::string_view text) {
      if (count++ == 0) value = text;
    }
    int count = 0;
    std::string_view value;
  };
  Field host;
  Field content_length;
  Field transfer_encoding;
  Field expect;
};

// Beast splits the lines and checks their characters. What it tolerates beyond that is refused in accept_…().
class RequestHead::Parser final : public http::basic_parser<true> {
 public:
  Parser(RequestHead& head, Seen& seen) : head_(head), seen_(seen) {
    header_limit(kMaxHeadBytes);
    body_limit(boost::none);
    eager(false);
  }

 private:
  using Text = boost::core::string_view;
  using Code = boost::beast::error_code;

  void on_request_impl(http::verb, Text method, Text target, int version, Code& error) override {
    error = {};
    head_.method_ = view(method);
    head_.target_ = view(target);
    head_.version_ = static_cast<unsigned>(version);
  }

  void on_field_impl(http::field field, Text name, Text value, Code& error) override {
    error = {};
    if (head_.field_count_ == kMaxFields) {
      error = http::error::header_limit;
      return;
    }
    head_.fields_[head_.field_count_++] = {view(name), view(value)};
    switch (field) {
      case http::field::host:
        return seen_.host.saw(view(value));
      case http::field::content_length:
        return seen_.content_length.saw(view(value));
      case http::field::transfer_encoding:
        return seen_.transfer_encoding.saw(view(value));
      case http::field::expect:
        return seen_.expect.saw(view(value));
      default:
        return;
    }
  }

  void on_header_impl(Code& error) override { error = {}; }
  void on_response_impl(int, Text, int, Code& error) override { error = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code& error) override { error = {}; }
  std::size_t on_body_impl(Text, Code& error) override {
    error = {};
    return 0;
  }
  void on_chunk_header_impl(std::uint64_t, Text, Code& error) override { error = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, Text, Code& error) override {
    error = {};
    return 0;
  }
  void on_finish_impl(Code& error) override { error = {}; }

  RequestHead& head_;
  Seen& seen_;
};

Outcome RequestHead::parse(std::string_view head) {
  field_count_ = 0;
  content_length_ = 0;
  expects_continue_ = false;
  Seen seen;
  Parser parser(*this, seen);
  boost::beast::error_code error;
  const std::size_t used = parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
  if (error) return std::unexpected(explain(error, head));
  if (used != head.size() || !parser.is_header_done()) return refuse(400, "the request head is malformed");
  keep_alive_ = parser.keep_alive();
  host_ = seen.host.value;
  if (const Outcome host = accept_host(seen); !host) return host;
  if (const Outcome framing = accept_framing(seen); !framing) return framing;
  if (const Outcome expectation = accept_expectation(seen); !expectation) return expectation;
  return accept_target();
}

std::optional<std::string_view> RequestHead::find(std::string_view name) const {
  for (const FieldView& field : fields()) {
    if (field.name.size() == name.size() && equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

// RFC 9112, 3.2: exactly one Host, and a valid one. HTTP/1.0 may do without.
Outcome RequestHead::accept_host(const Seen& seen) {
  if (seen.host.count > 1) return refuse(400, "more than one Host field");
  if (seen.host.count == 0 && is_http_1_0()) return {};
  if (seen.host.count == 0) return refuse(400, "the Host field is missing");
  if (!is_authority(seen.host.value)) return refuse(400, "the Host field is malformed");
  return {};
}

// RFC 9112, 6.1 and 6.3. Where it lets a server choose between mending and refusing, we refuse.
Outcome RequestHead::accept_framing(const Seen& seen) {
  framing_ = Framing::kNone;
  if (seen.transfer_encoding.count > 0) {
    if (is_http_1_0()) return refuse(400, "Transfer-Encoding in an HTTP/1.0 request");
    if (seen.content_length.count > 0) return refuse(400, "both Content-Length and Transfer-Encoding");
    if (seen.transfer_encoding.count > 1) return refuse(400, "more than one Transfer-Encoding field");
    if (!equal_ignoring_case(seen.transfer_encoding.value, "chunked")) {
      return is_final_chunked(seen.transfer_encoding.value)
                 ? refuse(501, "chunked is the only transfer coding that this server knows")
                 : refuse(400, "the transfer coding leaves the end of the body open");
    }
    framing_ = Framing::kChunked;
    return {};
  }
  if (seen.content_length.count == 0) return {};
  if (seen.content_length.count > 1) return refuse(400, "more than one Content-Length field");
  const std::string_view text = seen.content_length.value;
  if (text.empty() || !std::ranges::all_of(text, is_digit))
    return refuse(400, "Content-Length is not a number");
  const auto length = parse_number<std::uint64_t>(text);
  if (!length) return refuse(413, "Content-Length is larger than any body");
  content_length_ = *length;
  if (content_length_ > 0) framing_ = Framing::kLength;
  return {};
}

// RFC 9110, 10.1.1.
Outcome RequestHead::accept_expectation(const Seen& seen) {
  if (seen.expect.count == 0) return {};
  if (seen.expect.count > 1 || !equal_ignoring_case(seen.expect.value, "100-continue")) {
    return refuse(417, "100-continue is the only expectation that this server knows");
  }
  expects_continue_ = !is_http_1_0() && framing_ != Framing::kNone;
  return {};
}

// RFC 9112, 3.2.
Outcome RequestHead::accept_target() {
  if (method_ == "CONNECT") return refuse(501, "CONNECT is not served");
  if (target_.size() > kMaxTarget) return refuse(414, "the request target is longer than 8192 bytes");
  if (target_ == "*") {
    if (method_ == "OPTIONS") return {};
    return refuse(400, "the target '*' belongs to OPTIONS");
  }
  if (!is_target_text(target_))
    return refuse(400, "the request target holds characters that must be escaped");
  if (target_.front() == '/') return {};
  if (starts_with_ignoring_case(target_, "http://")) return accept_absolute_target(7);
  if (starts_with_ignoring_case(target_, "https://")) return accept_absolute_target(8);
  return refuse(400, "the request target is neither a path nor an http address");
}

Outcome RequestHead::accept_absolute_target(std::size_t scheme_size) {
  const std::string_view rest = target_.substr(scheme_size);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  if (!is_authority(authority)) return refuse(400, "the request target's host is malformed");
  const std::string_view port = scheme_size == 7 ? "80" : "443";
  if (!host_.empty() && !same_authority(authority, host_, port)) {
    return refuse(400, "the request target and the Host field name different hosts");
  }
  const std::string_view path = rest.substr(end);
  if (path.starts_with('/')) {
    target_ = path;
    return {};
  }
  rebuilt_target_ = '/';
  rebuilt_target_ += path;
  target_ = rebuilt_target_;
  return {};
}

}  // namespace hubwarden::wire
