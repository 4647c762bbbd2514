#pragma once

// The head of an HTTP/1.1 request (RFC 9112), read strictly: what two parsers could understand in two ways is
// refused, because one of the two may stand in front of us (request smuggling). No I/O.
//
//   HeadScanner scanner;
//   auto found = scanner.scan(buffer);                 // again whenever more has come
//   if (!found) refuse(found.error());
//   if (found->size != 0) head.parse(buffer.substr(0, found->size));
//
// Threads: none of their own. A RequestHead's views live as long as the bytes that were parsed.

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hubwarden::wire {

// Room for a few large credentials, and no more: what one unauthenticated connection may make us hold.
inline constexpr std::size_t kMaxHeadBytes = 32 * 1024;
// Each field costs a comparison in every look-up.
inline constexpr std::size_t kMaxFields = 100;
// RFC 9112, 3 recommends at least 8000.
inline constexpr std::size_t kMaxTarget = 8 * 1024;

// Why a request is not served, with the status that says so. The connection ends with it.
struct Refusal {
  int status;
  std::string_view message;
};

// Finds where a head ends, in bytes that come piece by piece, and refuses early what can only be wrong:
// sizes, line ends, folded fields.
class HeadScanner {
 public:
  HeadScanner() = default;

  struct Found {
    std::size_t size = 0;  // of the whole head with its empty line, or 0: it has not ended yet
  };
  // `bytes` begin with the head and grow from call to call.
  std::expected<Found, Refusal> scan(std::string_view bytes);
  void reset() { *this = HeadScanner(); }

 private:
  std::size_t line_start_ = 0;
  std::size_t searched_ = 0;
  std::size_t lines_ = 0;
};

struct FieldView {
  std::string_view name;
  std::string_view value;
};

enum class Framing { kNone, kLength, kChunked };

class RequestHead {
 public:
  RequestHead() = default;
  RequestHead(const RequestHead&) = delete;  // the views may point into it
  RequestHead& operator=(const RequestHead&) = delete;

  // `head` is what HeadScanner found. Replaces what was here.
  std::expected<void, Refusal> parse(std::string_view head);

  std::string_view method() const { return method_; }
  // Begins with '/', or is "*" (OPTIONS). Of an absolute-form, what follows the authority.
  std::string_view target() const { return target_; }
  bool is_http_1_0() const { return is_http_1_0_; }
  // The connection may carry another request afterwards.
  bool keep_alive() const { return keep_alive_; }
  // The client waits for "100 Continue" before it sends the body.
  bool expects_continue() const { return expects_continue_; }
  Framing framing() const { return framing_; }
  // For Framing::kLength; never 0 then.
  std::uint64_t content_length() const { return content_length_; }

  std::span<const FieldView> fields() const { return std::span(fields_).first(field_count_); }
  // The first of that name, compared without regard to case.
  std::optional<std::string_view> find(std::string_view name) const;

 private:
  struct Seen;

  std::expected<void, Refusal> take_request_line(std::string_view line);
  std::expected<void, Refusal> take_field(std::string_view line, Seen& seen);
  void accept_connection(const Seen& seen);
  std::expected<void, Refusal> accept_host(const Seen& seen);
  std::expected<void, Refusal> accept_framing(const Seen& seen);
  std::expected<void, Refusal> accept_expectation(const Seen& seen);
  std::expected<void, Refusal> accept_target();
  std::expected<void, Refusal> accept_absolute_target(std::size_t scheme_size);

  std::string_view method_;
  std::string_view target_;
  std::string_view host_;
  bool is_http_1_0_ = false;
  bool keep_alive_ = false;
  bool expects_continue_ = false;
  Framing framing_ = Framing::kNone;
  std::uint64_t content_length_ = 0;
  std::size_t field_count_ = 0;
  std::array<FieldView, kMaxFields> fields_;
  // "http://host?query" has a path of "/" that stands nowhere in the bytes.
  std::string rebuilt_target_;
};

}  // namespace hubwarden::wire
