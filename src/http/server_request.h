#pragma once

// The request that a handler sees: views into the exchange, and the body as it comes. Private to the server.

#include "http/handler.h"
#include "http/server_pace.h"
#include "net/stream.h"
#include "obs/request_id.h"
#include "wire/http1_chunks.h"
#include "wire/http1_request.h"

namespace hubwarden::http {

class Session;

// The body of one request. Reads from what has come, then from the connection.
class BodyReader final : public BodySource {
 public:
  BodyReader(Session& session, const wire::RequestHead& head, std::uint64_t limit, const Pace& pace);

  Task<Result<std::size_t>> read(std::span<char> into) override;
  std::optional<std::uint64_t> length() const override;

  void set_limit(std::uint64_t limit) { limit_ = limit; }
  // Everything has been read: the next request may follow.
  bool is_done() const { return state_ == State::kDone; }
  // What is unread is known to be short, or may be: worth reading for the sake of the connection.
  bool is_worth_draining() const;
  // Reads to the end and forgets it, within bounds. False: the connection cannot go on.
  Task<bool> drain();

  // An unread rest up to this is cheaper than a new connection.
  static constexpr std::uint64_t kMaxDrain = 64 * 1024;

 private:
  enum class State { kReading, kDone, kBroken };

  // Takes what is there without waiting.
  net::Transfer take(std::span<char> into);
  net::Transfer take_plain(std::span<char> into);
  net::Transfer take_chunked(std::span<char> into);
  // Why take() failed.
  std::unexpected<Error> fail_reading();

  Session& session_;
  State state_;
  wire::Framing framing_;
  bool owes_continue_;
  std::uint64_t length_;
  std::uint64_t received_ = 0;
  std::uint64_t limit_;
  std::optional<wire::Refusal> malformed_;
  wire::ChunkDecoder chunks_;
  Pace pace_;
};

class ServerRequest final : public Request, private FieldViews {
 public:
  ServerRequest(Session& session, Method method, const wire::RequestHead& head, const Peer& peer,
                std::string_view id, std::uint64_t body_limit, const Pace& pace);

  Method method() const override { return method_; }
  std::string_view target() const override { return head_.target(); }
  std::string_view path() const override { return path_; }
  std::string_view query() const override { return query_; }
  const FieldViews& fields() const override { return *this; }
  const Peer& peer() const override { return peer_; }
  std::string_view id() const override { return id_; }
  BodySource& body() override { return body_; }
  void set_body_limit(std::uint64_t bytes) override { body_.set_limit(bytes); }

  BodyReader& reader() { return body_; }

 private:
  std::optional<std::string_view> find(std::string_view name) const override { return head_.find(name); }
  std::size_t count(std::string_view name) const override;
  void each(const std::function<void(std::string_view, std::string_view)>& visit) const override;

  Method method_;
  const wire::RequestHead& head_;
  std::string_view path_;
  std::string_view query_;
  const Peer& peer_;
  std::string_view id_;
  BodyReader body_;
};

}  // namespace hubwarden::http
