// How a session writes: answers gathered in the exchange's output, large bodies from where they lie, streams
// piece by piece.

#include <algorithm>
#include <array>
#include <cstring>

#include "http/call_context.h"
#include "http/server_answer.h"
#include "http/server_session.h"
#include "net/loops.h"
#include "wire/http1_chunks.h"

namespace hubwarden::http {
namespace {

using net::Transfer;
using wire::ChunkFrame;

// As much as a socket's buffer takes at once: fewer system calls per byte, no more memory than the kernel
// holds too.
constexpr std::size_t kPiece = 64 * 1024;

// [room for a chunk's size | data | room for its end]
class PieceBuffer {
 public:
  // For a body of that length, or one whose length is not known.
  explicit PieceBuffer(std::optional<std::uint64_t> length)
      : size_(std::clamp<std::uint64_t>(length.value_or(kPiece), 1, kPiece)),
        bytes_(std::make_unique_for_overwrite<char[]>(ChunkFrame::kPrefix + size_ +
                                                      ChunkFrame::kSuffix.size())) {}
  ~PieceBuffer() { explicit_bzero(data(), high_water_); }
  PieceBuffer(const PieceBuffer&) = delete;
  PieceBuffer& operator=(const PieceBuffer&) = delete;

  std::span<char> space() { return {data(), size_}; }
  std::string_view plain(std::size_t size) {
    high_water_ = std::max(high_water_, size);
    return {data(), size};
  }
  std::string_view as_chunk(std::size_t size) {
    high_water_ = std::max(high_water_, size);
    const auto prefix = ChunkFrame::prefix(static_cast<std::uint32_t>(size));
    std::memcpy(bytes_.get(), prefix.data(), prefix.size());
    std::memcpy(data() + size, ChunkFrame::kSuffix.data(), ChunkFrame::kSuffix.size());
    return {bytes_.get(), prefix.size() + size + ChunkFrame::kSuffix.size()};
  }

 private:
  char* data() { return bytes_.get() + ChunkFrame::kPrefix; }

  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
  std::size_t high_water_ = 0;
};

}  // namespace

Transfer::State Session::flush() {
  std::string& output = exchange_->output;
  std::size_t sent = 0;
  Transfer::State state = Transfer::kSome;
  while (sent < output.size() && state == Transfer::kSome) {
    const std::string_view rest = std::string_view(output).substr(sent);
    const Transfer put = stream_->write({&rest, 1});
    sent += put.bytes;
    state = put.state;
    if (state == Transfer::kBlocked) want_ = put.want;
  }
  write_pace_.moved(sent);
  if (state == Transfer::kSome) {
    explicit_bzero(output.data(), output.size());
    output.clear();
  } else {
    output.erase(0, sent);
  }
  return state;
}

Task<bool> Session::flush_all() {
  for (;;) {
    const Transfer::State state = flush();
    if (state != Transfer::kBlocked) co_return state == Transfer::kSome;
    const bool ready = co_await wait(want_, write_pace_);
    if (!ready) co_return false;
  }
}

// What is gathered, then `body`.
Task<bool> Session::write_all(std::string_view body) {
  std::string& output = exchange_->output;
  std::size_t sent = 0;
  const std::size_t total = output.size() + body.size();
  while (sent < total) {
    const std::array<std::string_view, 2> both = {
        std::string_view(output).substr(std::min(sent, output.size())),
        body.substr(sent > output.size() ? sent - output.size() : 0)};
    const std::span<const std::string_view> pieces =
        both[0].empty() ? std::span(both).subspan(1) : std::span(both);
    const Transfer put = stream_->write(pieces);
    sent += put.bytes;
    write_pace_.moved(put.bytes);
    if (put.state == Transfer::kSome) continue;
    if (put.state != Transfer::kBlocked) co_return false;
    const bool ready = co_await wait(put.want, write_pace_);
    if (!ready) co_return false;
  }
  explicit_bzero(output.data(), output.size());
  output.clear();
  co_return true;
}

void Session::log_cut(const Error& error) {
  core_->shared().parts.log.warning("http.body_failed", {{"code", to_string(error.code())},
                                                         {"message", error.message()},
                                                         obs::request_id(id_),
                                                         trace_id(trace_of(*request_))});
}

Task<bool> Session::send_continue() {
  exchange_->output.append("HTTP/1.1 100 Continue\r\n\r\n");
  const bool sent = co_await flush_all();
  co_return sent;
}

Task<Session::Next> Session::send_body() {
  Response response = std::move(*response_);
  response_.reset();
  write_pace_ = Pace(core_->options().write_timeout, core_->options().min_rate);
  bool sent = false;
  if (auto* source = std::get_if<std::unique_ptr<BodySource>>(&response.body())) {
    const std::unique_ptr<BodySource> owned = std::move(*source);
    sent = co_await send_stream(response, *owned);
  } else {
    // The head is in the output already.
    const std::string_view content = content_of(response);
    sent = co_await write_all(content);
  }
  co_return sent ? finish_request() : Next::kClose;
}

Task<bool> Session::send_stream(const Response& response, BodySource& source) {
  const std::optional<std::uint64_t> length = source.length();
  const bool is_chunked = !length && !exchange_->head.is_http_1_0();
  if (!length && !is_chunked) keep_alive_ = false;
  if (is_without_content(response)) {
    write_head(response, length);
    co_return true;
  }
  PieceBuffer buffer(length);
  // The first piece before the head: a source that fails at once can still be told apart from a cut answer.
  Result<std::size_t> got = co_await source.read(buffer.space());
  if (!got) {
    log_cut(got.error());
    const Response failed = refusal_response({500, "the answer's body could not be read"}, id_);
    write_head(failed, content_of(failed).size());
    exchange_->output.append(content_of(failed));
    co_return true;
  }
  if (stream_->descriptor().others_are_ready()) co_await net::next_turn();
  write_head(response, length);
  std::uint64_t left = length.value_or(UINT64_MAX);
  while (*got > 0 && *got <= left) {
    left -= *got;
    const std::string_view piece = is_chunked ? buffer.as_chunk(*got) : buffer.plain(*got);
    const bool sent = co_await write_all(piece);
    if (!sent) co_return false;
    Result<std::size_t> more = co_await source.read(buffer.space());
    got = std::move(more);
    if (!got) {
      log_cut(got.error());
      co_return false;
    }
  }
  // A body of another length than was promised must not look whole.
  if (*got > 0 || (length && left > 0)) co_return false;
  if (is_chunked) exchange_->output.append(ChunkFrame::kLast);
  co_return true;
}

}  // namespace hubwarden::http
