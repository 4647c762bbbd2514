#include "http/streamed_exchange.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/secret.h"
#include "base/text.h"
#include "http/curl_errors.h"
#include "http/request_text.h"
#include "net/loops.h"
#include "wire/http1_response.h"

namespace hubwarden::http {
namespace {

// GitHub's heads have 3 to 6 KiB, and many bodies fit behind them.
constexpr std::size_t kPiece = 16 << 10;

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (equal_ignoring_case(trim(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace

bool StreamedExchange::takes(const ClientRequest& request, const Url& url, const CurlOptions& options) {
  if (!request.stream_answer || request.decompress || request.public_only) return false;
  if (!url.is_https() && !options.proxy.http.empty()) return false;
  if (std::holds_alternative<std::unique_ptr<BodySource>>(request.body)) return false;
  return text_of(request.body).value_or("").size() <= kMaxBody;
}

StreamedExchange::StreamedExchange(std::shared_ptr<CurlLoop> loop, Parts parts)
    : loop_(std::move(loop)),
      parts_(std::move(parts)),
      origin_(parts_.url.origin()),
      message_(request_text(parts_.request, parts_.url, loop_->options().user_agent)),
      buffer_(kPiece),
      head_(loop_->options().max_header_block) {
  loop_->add(*this);
}

StreamedExchange::~StreamedExchange() {
  loop_->remove(*this);
  wipe(message_);
}

Task<Result<>> StreamedExchange::run() {
  // What may be sent twice may find out only then that the connection is dead.
  const bool is_careful = !is_harmless_twice(parts_.request);
  for (;;) {
    link_ = loop_->links().take(origin_, is_careful);
    const bool was_used = link_ != nullptr;
    if (!was_used) {
      Task<Result<>> connecting = connect();
      const Result<> connected = co_await std::move(connecting);
      if (!connected) co_return connected;
    }
    Task<Attempt> attempting = attempt();
    Attempt attempt = co_await std::move(attempting);
    const bool is_repeated = attempt.found_dead && was_used && !is_careful;
    if (is_repeated) continue;
    // A stream may last for minutes, and needs no credential any more.
    wipe(message_);
    parts_.request.authorization.reset();
    co_return std::move(attempt.result);
  }
}

Task<Result<>> StreamedExchange::connect() {
  const CurlLink::Setup setup(loop_->options(), loop_->share());
  link_ = std::make_unique<CurlLink>(loop_->executor(), setup, parts_.url);
  Task<CURLcode> connecting = link_->connect(parts_.head_deadline);
  const CURLcode code = co_await std::move(connecting);
  if (code == CURLE_OK) co_return Result<>();
  co_return std::unexpected(lost(code));
}

Task<StreamedExchange::Attempt> StreamedExchange::attempt() {
  if (link_->others_are_ready()) co_await net::next_turn();
  if (failure_) co_return Attempt(std::unexpected(*failure_), false);
  maybe_sent_ = true;
  std::string_view unsent = message_;
  std::optional<CURLcode> sent = link_->write_at_once(unsent);
  if (!sent) {
    Task<CURLcode> writing = link_->write(unsent, soon(parts_.head_deadline));
    sent = co_await std::move(writing);
  }
  // Whoever closes without having read all may have answered all the same.
  if (sent != CURLE_OK && sent != CURLE_SEND_ERROR) co_return Attempt(std::unexpected(lost(*sent)), false);
  is_sent_whole_ = sent == CURLE_OK;
  while (!head_.complete()) {
    const bool has_answer = head_.status() != 0 || !buffer_.empty();
    Task<CurlLink::Got> reading = link_->read(buffer_.space(), soon(parts_.head_deadline));
    const CurlLink::Got got = co_await std::move(reading);
    const CURLcode code = take_in(got);
    const bool is_lost = code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING;
    if (is_lost && has_answer) co_return Attempt(ended_early(), false);
    if (code != CURLE_OK) co_return Attempt(std::unexpected(lost(code)), is_lost);
    const Result<> taken = take_lines();
    if (!taken) co_return Attempt(std::unexpected(broken(taken.error().message())), false);
  }
  co_return Attempt(read_framing(), false);
}

// What was read into the buffer; CURLE_GOT_NOTHING is the end.
CURLcode StreamedExchange::take_in(CurlLink::Got got) {
  buffer_.commit(got.count);
  const bool is_end = got.code == CURLE_OK && got.count == 0;
  return is_end ? CURLE_GOT_NOTHING : got.code;
}

Result<> StreamedExchange::take_lines() {
  while (!head_.complete()) {
    const std::string_view rest = buffer_.text();
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      // Counted as if it had ended: a line without an end is not waited for without one.
      const std::size_t limit = loop_->options().max_header_block;
      if (rest.size() <= limit) return {};
      return fail(ErrorCode::kUpstreamProtocol,
                  "its header block is larger than " + std::to_string(limit) + " bytes");
    }
    const Result<> added = head_.add(rest.substr(0, end + 1));
    buffer_.drop(end + 1);
    if (!added) return added;
  }
  return {};
}

// RFC 9112, 6.3.
Result<> StreamedExchange::read_framing() {
  const Fields& fields = head_.fields();
  const auto coding = fields.find("Transfer-Encoding");
  const auto length = fields.find("Content-Length");
  stays_open_ =
      is_sent_whole_ && head_.is_http11() && !has_token(fields.find("Connection").value_or(""), "close");
  if (parts_.request.method == Method::kHead || !wire::may_have_content(head_.status())) {
    framing_ = Framing::kNone;
  } else if (coding) {
    // Who reads the length reads another body.
    if (!equal_ignoring_case(*coding, "chunked")) return std::unexpected(broken("its coding is not known"));
    framing_ = Framing::kChunks;
    stays_open_ = stays_open_ && !length;
  } else if (length) {
    length_ = parse_number<std::uint64_t>(*length);
    if (!length_) return std::unexpected(broken("its length is not a number"));
    framing_ = Framing::kLength;
    left_ = *length_;
  } else {
    framing_ = Framing::kUntilClose;
    stays_open_ = false;
  }
  if (framing_ == Framing::kNone || (framing_ == Framing::kLength && left_ == 0)) end_answer();
  return {};
}

Result<> StreamedExchange::ended_early() const {
  constexpr std::string_view kBegin = "HTTP/";
  const std::string_view rest = buffer_.text();
  if (head_.status() != 0) return std::unexpected(broken("it ends inside its head"));
  if (rest.substr(0, kBegin.size()) != kBegin.substr(0, rest.size())) {
    return std::unexpected(broken("it has no status line"));
  }
  return std::unexpected(lost(CURLE_GOT_NOTHING));
}

ClientResponse StreamedExchange::take_answer() {
  ClientResponse response;
  response.status = head_.status();
  response.fields = head_.take_fields();
  return response;
}

Task<Result<std::size_t>> StreamedExchange::read(std::span<char> into) {
  HW_CHECK(!into.empty());
  if (failure_ || is_over_) return at_end();
  return framing_ == Framing::kChunks ? read_chunks(into) : read_plain(into);
}

Task<Result<std::size_t>> StreamedExchange::at_end() const {
  if (failure_) co_return std::unexpected(*failure_);
  co_return std::size_t{0};
}

Task<Result<std::size_t>> StreamedExchange::read_plain(std::span<char> into) {
  const bool has_length = framing_ == Framing::kLength;
  if (has_length) into = into.first(std::min<std::uint64_t>(into.size(), left_));
  std::size_t count = buffer_.take(into);
  if (count == 0) {
    Task<CurlLink::Got> reading = link_->read(into, soon(parts_.deadline));
    const CurlLink::Got got = co_await std::move(reading);
    if (got.code != CURLE_OK) co_return failed(lost(got.code));
    if (got.count == 0 && has_length) co_return failed(lost(CURLE_PARTIAL_FILE));
    count = got.count;
  }
  if (has_length) left_ -= count;
  if (count == 0 || (has_length && left_ == 0)) end_answer();
  co_return count;
}

Task<Result<std::size_t>> StreamedExchange::read_chunks(std::span<char> into) {
  for (;;) {
    if (buffer_.empty()) {
      Task<CurlLink::Got> reading = link_->read(buffer_.space(), soon(parts_.deadline));
      const CurlLink::Got got = co_await std::move(reading);
      const CURLcode code = take_in(got);
      if (code == CURLE_GOT_NOTHING) co_return failed(lost(CURLE_PARTIAL_FILE));
      if (code != CURLE_OK) co_return failed(lost(code));
    }
    const auto step = chunks_.next(buffer_.text(), into.size());
    if (!step) co_return failed(broken("its chunks are not well-formed"));
    std::ranges::copy(step->data, into.begin());
    buffer_.drop(step->consumed);
    if (step->done) end_answer();
    if (step->done || !step->data.empty()) co_return step->data.size();
  }
}

// The connection is free for the next exchange, if all is as it should be.
void StreamedExchange::end_answer() {
  is_over_ = true;
  if (stays_open_ && buffer_.empty() && !failure_) {
    loop_->links().put(std::move(origin_), std::move(link_));
  }
  link_.reset();
  parts_.place = Admission::Place();
}

void StreamedExchange::abort(Error error) {
  if (is_over_ || failure_) return;
  failure_ = maybe_sent_ ? std::move(error) : std::move(error).with_never_sent();
  if (link_) link_->cut();
}

// A wait in which no byte moves ends, whatever the deadline.
StreamedExchange::Point StreamedExchange::soon(Point deadline) const {
  return std::min(deadline, std::chrono::steady_clock::now() + loop_->options().stall_timeout);
}

// It fails again when it is read again.
std::unexpected<Error> StreamedExchange::failed(Error error) {
  failure_ = error;
  return std::unexpected(std::move(error));
}

Error StreamedExchange::lost(CURLcode code) const {
  if (failure_) return *failure_;
  CurlFailure failure(code, parts_.url.authority());
  failure.text = link_->error_text();
  failure.proxy_status = link_->proxy_status();
  failure.maybe_sent = maybe_sent_;
  failure.head_complete = head_.complete();
  const Point deadline = head_.complete() ? parts_.deadline : parts_.head_deadline;
  failure.deadline_passed = std::chrono::steady_clock::now() >= deadline;
  return curl_error(failure);
}

Error StreamedExchange::broken(const std::string& what) const {
  return Error(ErrorCode::kUpstreamProtocol,
               "the answer of " + parts_.url.authority() + " is not valid: " + what);
}

}  // namespace hubwarden::http
