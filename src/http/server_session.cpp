#include "http/server_session.h"

#include "http/call_context.h"
#include "http/server_answer.h"
#include "wire/http1_response.h"

namespace hubwarden::http {
namespace {

using net::Transfer;
using net::Want;

// Answered in one go before other connections of the loop get their turn.
constexpr int kTurn = 32;
// Answers to pipelined requests are gathered up to this.
constexpr std::size_t kFlushAt = 16 * 1024;
// A larger body is sent from where it lies instead of being copied behind its head.
constexpr std::size_t kCopyUpTo = 16 * 1024;
// After our last answer we read on for a moment: closing with unread bytes would make the kernel send a
// reset, which can destroy the answer on its way (RFC 9112, 9.6). Many clients look at no answer before they
// have sent their whole body, so this is more than any body that is mistaken for a small one.
constexpr Duration kLingerTime = std::chrono::seconds(2);
constexpr std::size_t kLingerBytes = 16 * 1024 * 1024;

}  // namespace

Session::Session(std::shared_ptr<ServerCore> core, std::unique_ptr<net::Stream> stream,
                 net::PeerIdentity peer, bool is_tls)
    : core_(std::move(core)),
      stream_(std::move(stream)),
      identity_(std::move(peer)),
      write_pace_(core_->options().write_timeout, core_->options().min_rate) {
  peer_.address = identity_.address;
  peer_.uid = identity_.uid;
  peer_.is_unix = identity_.is_unix();
  peer_.is_tls = is_tls;
  core_->deadlines().add(*this);
}

Session::~Session() {
  if (exchange_) core_->exchanges().give_back(std::move(exchange_));
}

Task<> Session::run() {
  Next next = Next::kAdvance;
  if (peer_.is_tls) {
    const bool ready = co_await shake_hands();
    if (!ready) co_return;
  }
  while (next != Next::kClose) {
    if (next == Next::kAdvance) {
      next = advance();
    } else if (next == Next::kWaitForRequest) {
      const bool ready = co_await stream_->descriptor().wait(want_);
      next = ready ? Next::kAdvance : request_did_not_come();
    } else {
      next = co_await take(next);
    }
  }
}

// What is rarer, or has to wait for more than the next request.
Task<Session::Next> Session::take(Next next) {
  if (next == Next::kAwaitReply) {
    next = co_await await_reply();
  } else if (next == Next::kSendBody) {
    next = co_await send_body();
  } else if (next == Next::kDrain) {
    next = co_await drain();
  } else if (next == Next::kYield) {
    co_await net::next_turn();
    next = Next::kAdvance;
  } else if (next == Next::kFlush) {
    const bool sent = co_await flush_all();
    next = sent ? Next::kAdvance : Next::kClose;
  } else {
    co_await linger();
    next = Next::kClose;
  }
  co_return next;
}

Session::Next Session::advance() {
  for (int served = 0; served < kTurn; ++served) {
    std::size_t head_size = 0;
    while (head_size == 0) {
      if (exchange_) {
        const auto found = exchange_->scanner.scan(skip_empty_line());
        if (!found) return refuse(found.error());
        head_size = found->size;
        if (head_size != 0) break;
      }
      const Next next = read_more();
      if (next != Next::kAdvance) return next;
    }
    const Next next = begin_request(head_size);
    if (next != Next::kAdvance) return next;
    if (exchange_->output.size() >= kFlushAt) {
      const Transfer::State flushed = flush();
      if (flushed != Transfer::kSome) return flushed == Transfer::kBlocked ? Next::kFlush : Next::kClose;
    }
  }
  return Next::kYield;
}

// RFC 9112, 2.2: one empty line before a request is forgiven; some clients end a body with one.
std::string_view Session::skip_empty_line() {
  InputBuffer& input = exchange_->input;
  if (may_skip_line_ && input.unread().starts_with(wire::kLineEnd)) {
    input.consume(wire::kLineEnd.size());
    exchange_->scanner.reset();
    may_skip_line_ = false;
  }
  return input.unread();
}

// Everything that came is answered, but for the beginning of a request.
Session::Next Session::read_more() {
  if (exchange_ && !exchange_->output.empty()) {
    const Transfer::State flushed = flush();
    if (flushed != Transfer::kSome) return flushed == Transfer::kBlocked ? Next::kFlush : Next::kClose;
  }
  if (!exchange_) exchange_ = core_->exchanges().take();
  const Transfer got = stream_->read(exchange_->input.space());
  if (got.state == Transfer::kSome) {
    exchange_->input.filled(got.bytes);
    return Next::kAdvance;
  }
  if (got.state != Transfer::kBlocked) return Next::kClose;
  want_ = got.want;
  const bool is_idle = exchange_->input.empty();
  if (is_idle) core_->exchanges().give_back(std::move(exchange_));
  if (is_idle && core_->is_stopping()) return Next::kClose;
  if (is_idle && served_one_) {
    due_after(core_->options().idle_timeout);
  } else if (!head_has_begun_) {
    // Once for each head, however many pieces it comes in; the first one begins with the connection.
    due_after(core_->options().head_timeout);
    head_has_begun_ = true;
  }
  return Next::kWaitForRequest;
}

Session::Next Session::request_did_not_come() {
  if (!timed_out_ || !exchange_) return Next::kClose;
  return refuse({408, "the request did not come in time"});
}

Session::Next Session::begin_request(std::size_t head_size) {
  no_deadline();
  served_one_ = true;
  const auto parsed = exchange_->head.parse(exchange_->input.keep_head(head_size));
  if (!parsed) return refuse(parsed.error());
  const wire::RequestHead& head = exchange_->head;
  const std::optional<Method> method = parse_method(head.method());
  if (!method) return refuse({501, "this server does not know the method"});
  keep_alive_ = head.keep_alive();
  choose_id(head.find("X-Request-Id"));
  const ServerOptions& options = core_->options();
  request_.emplace(*this, *method, head, peer_, id_, options.max_body,
                   Pace(options.body_timeout, options.min_rate));
  try {
    Reply reply = core_->handler().handle(*request_);
    if (auto* response = std::get_if<Response>(&reply)) return answer(std::move(*response));
    reply_.emplace(std::get<Task<Response>>(std::move(reply)));
  } catch (...) {
    return answer(call_failed(std::current_exception()));
  }
  return Next::kAwaitReply;
}

void Session::choose_id(std::optional<std::string_view> callers) {
  if (callers && obs::is_sane_request_id(*callers)) {
    id_ = *callers;
    return;
  }
  own_id_.emplace(core_->request_ids().next());
  id_ = own_id_->view();
}

Task<Session::Next> Session::await_reply() {
  // Answers to earlier requests do not wait for this one.
  const bool sent = co_await flush_all();
  if (!sent) co_return Next::kClose;
  std::optional<Response> response;
  std::exception_ptr failure;
  try {
    Response answered = co_await std::move(*reply_);
    response.emplace(std::move(answered));
  } catch (...) {
    failure = std::current_exception();
  }
  reply_.reset();
  if (failure) response.emplace(call_failed(failure));
  co_return answer(std::move(*response));
}

Response Session::call_failed(std::exception_ptr failure) {
  core_->shared().metrics.handler_failures.add();
  std::string what = "not a std::exception";
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  core_->shared().parts.log.error("http.handler_threw",
                                  {{"what", what}, obs::request_id(id_), trace_id(trace_of(*request_))});
  return refusal_response({500, "hubwarden made a mistake; its log has more under this request id"}, id_);
}

// The response is at hand, at least its head.
Session::Next Session::answer(Response response) {
  const BodyReader& body = request_->reader();
  if (core_->is_stopping() || !(body.is_done() || body.is_worth_draining())) keep_alive_ = false;
  core_->shared().metrics.answered(response.status());
  if (std::holds_alternative<std::unique_ptr<BodySource>>(response.body())) {
    response_.emplace(std::move(response));
    return Next::kSendBody;
  }
  const std::string_view content = content_of(response);
  write_head(response, content.size());
  if (is_without_content(response)) return finish_request();
  if (content.size() > kCopyUpTo) {
    response_.emplace(std::move(response));
    return Next::kSendBody;
  }
  exchange_->output.append(content);
  return finish_request();
}

bool Session::is_without_content(const Response& response) const {
  return request_->method() == Method::kHead || !wire::may_have_content(response.status());
}

void Session::write_head(const Response& response, std::optional<std::uint64_t> length) {
  HeadParts head(core_->opening(peer_));
  head.request_id = id_;
  head.length = length;
  head.is_http_1_0 = exchange_->head.is_http_1_0();
  head.keep_alive = keep_alive_;
  append_answer_head(exchange_->output, response, head);
}

Session::Next Session::finish_request() {
  const bool is_read = request_->reader().is_done();
  if (keep_alive_ && !is_read) return Next::kDrain;
  request_.reset();
  if (!keep_alive_) return Next::kLinger;
  exchange_->input.release_head();
  exchange_->scanner.reset();
  head_has_begun_ = false;
  may_skip_line_ = true;
  return Next::kAdvance;
}

Task<Session::Next> Session::drain() {
  const bool sent = co_await flush_all();
  if (!sent) co_return Next::kClose;
  const bool drained = co_await request_->reader().drain();
  if (!drained) keep_alive_ = false;
  if (!drained) co_return Next::kLinger;
  co_return finish_request();
}

// The connection ends with it: where the next request would begin is not known.
Session::Next Session::refuse(const wire::Refusal& refusal) {
  ServerShared& shared = core_->shared();
  shared.metrics.refused.add();
  shared.metrics.answered(refusal.status);
  no_deadline();
  keep_alive_ = false;
  choose_id(std::nullopt);
  shared.parts.log.debug("http.request_refused",
                         {{"status", refusal.status}, {"why", refusal.message}, obs::request_id(id_)});
  const Response response = refusal_response(refusal, id_);
  HeadParts head(core_->opening(peer_));
  head.request_id = id_;
  head.length = content_of(response).size();
  head.keep_alive = false;
  append_answer_head(exchange_->output, response, head);
  exchange_->output.append(content_of(response));
  return Next::kLinger;
}

Task<> Session::linger() {
  const bool sent = co_await flush_all();
  if (!sent) co_return;
  stream_->end_writing();
  Pace pace(kLingerTime, UINT64_MAX);
  InputBuffer& input = exchange_->input;
  for (std::size_t read = 0; read < kLingerBytes;) {
    input.consume(input.unread().size());
    const Transfer got = stream_->read(input.space());
    if (got.state == Transfer::kSome) {
      input.filled(got.bytes);
      read += got.bytes;
      continue;
    }
    if (got.state != Transfer::kBlocked) co_return;
    const bool ready = co_await wait(got.want, pace);
    if (!ready) co_return;
  }
}

Task<bool> Session::shake_hands() {
  Pace pace(core_->options().head_timeout, UINT64_MAX);
  for (;;) {
    const Transfer done = stream_->handshake();
    if (done.state == Transfer::kSome) co_return true;
    if (done.state != Transfer::kBlocked) co_return false;
    const bool ready = co_await wait(done.want, pace);
    if (!ready) co_return false;
  }
}

Task<bool> Session::wait(Want want, Pace& pace) {
  if (pace.allowance() <= Duration::zero()) cut_for_slowness();
  due_after(pace.allowance());
  const SteadyPoint before = core_->deadlines().now();
  const bool ready = co_await stream_->descriptor().wait(want);
  no_deadline();
  pace.waited(core_->deadlines().now() - before);
  co_return ready;
}

void Session::expired() {
  // An idle connection's end is nothing to be counted.
  if (exchange_ || !served_one_) core_->shared().metrics.timed_out.add();
  timed_out_ = true;
  stream_->descriptor().cancel();
}

void Session::cut_for_slowness() {
  core_->shared().metrics.timed_out.add();
  timed_out_ = true;
  cut();
}

void Session::close_if_idle() {
  if (!exchange_) cut();
}

void Session::cut() {
  stream_->descriptor().cancel();
}

}  // namespace hubwarden::http
