#pragma once

// The server's side of a request: what a route is given and what it gives back.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "http/message.h"

namespace hubwarden::http {

// Header fields of the request being served: views into the connection's buffer.
class FieldViews {
 public:
  virtual ~FieldViews() = default;
  virtual std::optional<std::string_view> find(std::string_view name) const = 0;
  virtual std::size_t count(std::string_view name) const = 0;
  virtual void each(const std::function<void(std::string_view, std::string_view)>& visit) const = 0;
};

struct Peer {
  std::string_view address;  // "127.0.0.1", "unix"
  bool is_unix = false;
  bool is_tls = false;
  std::optional<std::uint32_t> uid;  // of the process at the other end of a Unix socket
};

// Valid until the reply has been given; for a Task, until it is done.
class Request {
 public:
  virtual ~Request() = default;

  virtual Method method() const = 0;
  virtual std::string_view target() const = 0;  // as sent: "/a/b?c=d", always starts with '/'
  virtual std::string_view path() const = 0;    // before '?', still percent-encoded
  virtual std::string_view query() const = 0;   // after '?', or empty
  virtual const FieldViews& fields() const = 0;
  virtual const Peer& peer() const = 0;
  virtual std::string_view id() const = 0;  // answered as X-Request-Id
  // The body; at its end at once when there is none. Not read by the handler: the server drains or closes.
  virtual BodySource& body() = 0;
  // A longer body makes body().read() fail with `too_large`. The server's own limit unless a route that
  // streams sets another before it reads.
  virtual void set_body_limit(std::uint64_t bytes) = 0;
};

// Header fields as they are sent: written once, shared by every answer that has them.
class FieldLines {
 public:
  explicit FieldLines(const Fields& fields);
  std::string_view text() const { return *text_; }  // "Name: value\r\n" for each field

 private:
  std::shared_ptr<const std::string> text_;  // of all copies
};

// An answer that is written once, when its content changes, and then given to many requests: none of them
// allocates, renders or looks at it again. Immutable; wiped when it goes, since it may hold a token.
class Prepared {
 public:
  Prepared(int status, FieldLines field_lines, std::string body)
      : status_(status), field_lines_(std::move(field_lines)), body_(std::move(body)) {}
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  ~Prepared();

  int status() const { return status_; }
  std::string_view field_lines() const { return field_lines_.text(); }
  const std::string& body() const { return body_; }

 private:
  int status_;
  FieldLines field_lines_;
  std::string body_;
};

class Response {
 public:
  explicit Response(int status) : status_(status) {}
  Response(int status, std::string_view content_type, Body body) : status_(status), body_(std::move(body)) {
    fields_.add("Content-Type", content_type);
  }
  // Fields that are added stand beside the prepared ones; a body that is set is not used.
  explicit Response(std::shared_ptr<const Prepared> prepared)
      : status_(prepared->status()), prepared_(std::move(prepared)) {}

  int status() const { return status_; }
  const Fields& fields() const { return fields_; }
  Fields& fields() { return fields_; }
  Body& body() { return body_; }
  const Body& body() const { return body_; }
  const std::shared_ptr<const Prepared>& prepared() const { return prepared_; }

 private:
  int status_;
  Fields fields_;
  Body body_;
  std::shared_ptr<const Prepared> prepared_;
};

// An answer that is at hand needs no coroutine.
using Reply = std::variant<Response, Task<Response>>;

// The server writes Content-Length or Transfer-Encoding, Connection and X-Request-Id itself, and Date unless
// the response has one (of a server that plays another, whose clock may be off); and what browsers are to
// know (X-Content-Type-Options, over TLS Strict-Transport-Security, Content-Security-Policy with errors).
// `handle` is called on every loop's thread at the same time.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual Reply handle(Request& request) = 0;
};

}  // namespace hubwarden::http
