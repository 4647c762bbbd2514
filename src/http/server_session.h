#pragma once

// One connection: reads requests, asks the handler, writes answers, until one side ends it. Private to the
// server.
//
// advance() does everything that needs no waiting, as many pipelined requests as have come; run() waits for
// what it names and calls it again. So a request whose answer is at hand costs no coroutine.

#include <memory>
#include <optional>
#include <string>

#include "http/server_core.h"
#include "http/server_request.h"
#include "net/deadlines.h"
#include "net/stream.h"

namespace hubwarden::http {

class Session final : public net::Deadline {
 public:
  Session(std::shared_ptr<ServerCore> core, std::unique_ptr<net::Stream> stream, net::PeerIdentity peer,
          bool is_tls);
  ~Session() override;

  Task<> run();

  // From the core. Both end in run(), soon.
  void close_if_idle();
  void cut();

  // For the body of the request in progress.
  InputBuffer& input() { return exchange_->input; }
  net::Stream& stream() { return *stream_; }
  // False: the connection has ended or the peer has used up its time.
  Task<bool> wait(net::Want want, Pace& pace);
  Task<bool> send_continue();
  bool has_timed_out() const { return timed_out_; }

 private:
  // What run() does before it calls advance() again.
  enum class Next {
    kAdvance,
    kWaitForRequest,
    kFlush,
    kAwaitReply,
    kSendBody,
    kDrain,
    kYield,
    kLinger,
    kClose
  };

  void expired() override;

  Next advance();
  Next read_more();
  Next request_did_not_come();
  std::string_view skip_empty_line();
  Next begin_request(std::size_t head_size);
  Next answer(Response response);
  Next finish_request();
  Next refuse(const wire::Refusal& refusal);

  Response call_failed(std::exception_ptr failure);
  void choose_id(std::optional<std::string_view> callers);
  void write_head(const Response& response, std::optional<std::uint64_t> length);
  bool is_without_content(const Response& response) const;
  void cut_for_slowness();
  void log_cut(const Error& error);

  net::Transfer::State flush();
  Task<bool> flush_all();
  Task<bool> write_all(std::string_view body);

  Task<bool> shake_hands();
  Task<Next> await_reply();
  Task<Next> send_body();
  Task<bool> send_stream(const Response& response, BodySource& source);
  Task<Next> drain();
  Task<> linger();
  Task<Next> take(Next next);

  std::shared_ptr<ServerCore> core_;
  std::unique_ptr<net::Stream> stream_;
  net::PeerIdentity identity_;
  Peer peer_;

  std::unique_ptr<Exchange> exchange_;  // null while idle
  std::optional<ServerRequest> request_;
  std::optional<obs::RequestId> own_id_;
  std::string_view id_;
  std::optional<Task<Response>> reply_;
  std::optional<Response> response_;  // whose body is still to be sent
  Pace write_pace_;
  net::Want want_ = net::Want::kRead;
  bool keep_alive_ = true;
  bool timed_out_ = false;
  bool served_one_ = false;
  bool head_has_begun_ = false;
  bool may_skip_line_ = true;
};

}  // namespace hubwarden::http
