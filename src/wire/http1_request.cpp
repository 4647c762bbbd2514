#include "wire/http1_request.h"

#include <algorithm>

#include "base/text.h"
#include "wire/http1_syntax.h"

namespace hubwarden::wire {
namespace {

using Outcome = std::expected<void, Refusal>;

std::unexpected<Refusal> refuse(int status, std::string_view message) {
  return std::unexpected(Refusal{status, message});
}

// "HTTP/2.0" is a version that we do not speak; "HTPT/1.1" and "HTTP/1.1 " are no version at all.
Refusal explain_version(std::string_view version) {
  const bool is_well_formed = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                              version[6] == '.' && is_digit(version[7]);
  if (is_well_formed) return {505, "this server speaks HTTP/1.1 and HTTP/1.0"};
  return {400, "the request line has no HTTP version"};
}

// The bytes up to the next CR LF, which are taken away. The scanner has seen to it that there is one, but not
// that no other CR stands before it: no part of a line may hold one.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(rest.size(), end + 1));
  return line.substr(0, line.size() - std::min<std::size_t>(1, line.size()));
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

  // The one of that name, or null.
  Field* find(std::string_view name) {
    switch (name.size()) {
      case 4: return equal_ignoring_case(name, "Host") ? &host : nullptr;
      case 6: return equal_ignoring_case(name, "Expect") ? &expect : nullptr;
      case 14: return equal_ignoring_case(name, "Content-Length") ? &content_length : nullptr;
      case 17: return equal_ignoring_case(name, "Transfer-Encoding") ? &transfer_encoding : nullptr;
      default: return nullptr;
    }
  }

  Field host;
  Field expect;
  Field content_length;
  Field transfer_encoding;
  bool says_close = false;
  bool says_keep_alive = false;
};

Outcome RequestHead::parse(std::string_view head) {
  field_count_ = 0;
  content_length_ = 0;
  expects_continue_ = false;
  Seen seen;
  if (const Outcome line = take_request_line(take_line(head)); !line) return line;
  for (std::string_view line = take_line(head); !line.empty(); line = take_line(head)) {
    if (const Outcome field = take_field(line, seen); !field) return field;
  }
  accept_connection(seen);
  host_ = seen.host.value;
  if (const Outcome host = accept_host(seen); !host) return host;
  if (const Outcome framing = accept_framing(seen); !framing) return framing;
  if (const Outcome expectation = accept_expectation(seen); !expectation) return expectation;
  return accept_target();
}

// RFC 9112, 3: one blank between the three parts, and none elsewhere.
Outcome RequestHead::take_request_line(std::string_view line) {
  const std::size_t method_end = line.find(' ');
  if (method_end == std::string_view::npos) return refuse(400, "the request line is malformed");
  method_ = line.substr(0, method_end);
  if (!is_token(method_)) return refuse(400, "the method is not a token");
  const std::string_view rest = line.substr(method_end + 1);
  const std::size_t target_end = rest.find(' ');
  if (target_end == std::string_view::npos) return refuse(400, "the request line has no HTTP version");
  target_ = rest.substr(0, target_end);
  const std::string_view version = rest.substr(target_end + 1);
  is_http_1_0_ = version == "HTTP/1.0";
  if (version != "HTTP/1.1" && !is_http_1_0_) return std::unexpected(explain_version(version));
  return {};
}

// RFC 9112, 5. The name ends at the colon: a blank before it has been used for smuggling.
Outcome RequestHead::take_field(std::string_view line, Seen& seen) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return refuse(400, "a header line has no colon");
  const std::string_view name = line.substr(0, colon);
  if (!is_token(name)) return refuse(400, "a field's name is not a token");
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_field_text(value)) return refuse(400, "a field's value holds a control character");
  if (field_count_ == kMaxFields) return refuse(431, "the request has more than 100 fields");
  fields_[field_count_++] = {name, value};
  if (Seen::Field* field = seen.find(name)) field->saw(value);
  if (name.size() == 10 && equal_ignoring_case(name, "Connection")) {
    seen.says_close = seen.says_close || list_has(value, "close");
    seen.says_keep_alive = seen.says_keep_alive || list_has(value, "keep-alive");
  }
  return {};
}

// RFC 9112, 9.3.
void RequestHead::accept_connection(const Seen& seen) {
  keep_alive_ = !seen.says_close && (!is_http_1_0_ || seen.says_keep_alive);
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
  if (target_.empty()) return refuse(400, "the request target is empty");
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
