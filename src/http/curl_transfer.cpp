#include "http/curl_transfer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "http/curl_errors.h"
#include "http/public_host.h"

namespace hubwarden::http {
namespace {

// Enough for libcurl's largest piece and for reading ahead of a slow peer; a thousand streams hold 64 MiB.
constexpr std::size_t kStreamBuffer = 64 << 10;
static_assert(kStreamBuffer >= 2 * CURL_MAX_WRITE_SIZE);

constexpr int kNotModified = 304;
constexpr int kFirstRedirect = 300;
// libcurl counts its timeout in milliseconds, and not from the very moment at which we start.
constexpr std::chrono::milliseconds kTimerSlack{5};

// Answers hold tokens: what is outgrown is wiped.
void append_wiping(std::string& text, std::span<const char> piece) {
  if (text.size() + piece.size() > text.capacity()) {
    std::string grown;
    grown.reserve(std::max(text.capacity() * 2, text.size() + piece.size()));
    grown = text;
    wipe(text);
    text.swap(grown);
  }
  text.append(piece.data(), piece.size());
}

}  // namespace

CurlTransfer::CurlTransfer(std::shared_ptr<CurlLoop> loop, Parts parts)
    : loop_(std::move(loop)),
      parts_(std::move(parts)),
      easy_(curl_easy_init()),
      changed_(loop_->executor()),
      upload_(kStreamBuffer),
      head_(loop_->options().max_header_block),
      download_(kStreamBuffer) {
  HW_CHECK(easy_);
  if (auto* source = std::get_if<std::unique_ptr<BodySource>>(&parts_.request.body)) {
    source_ = source->get();
    if (source_ != nullptr) source_left_ = source_->length();
  }
  configure();
}

CurlTransfer::~CurlTransfer() {
  loop_->remove(*this);
  wipe(body_);
}

Task<Result<>> CurlTransfer::run() {
  started_ = std::chrono::steady_clock::now();
  loop_->start(*this);
  const Alarm::Point head_by = head_deadline();
  while (!settled()) {
    Task<> step = wants_upload() ? upload_piece() : changed_.wait(head_by);
    co_await std::move(step);
    const bool is_late = !head_.complete() && std::chrono::steady_clock::now() >= head_by;
    if (is_late)
      abort(Error(ErrorCode::kUpstreamTimeout, "no answer from " + host() + " before the deadline"));
  }
  if (failure_) co_return std::unexpected(*failure_);
  co_return Result<>();
}

// Once the head is there it is no deadline any more, and nothing waits for it.
Alarm::Point CurlTransfer::head_deadline() const {
  return parts_.head_timeout == kNoTimeout ? Alarm::Point::max() : started_ + parts_.head_timeout;
}

bool CurlTransfer::settled() const {
  return done_ || (parts_.request.stream_answer && head_.complete() && source_ == nullptr);
}

ClientResponse CurlTransfer::take_answer() {
  ClientResponse response;
  response.status = head_.status();
  response.fields = head_.take_fields();
  response.body = std::move(body_);
  return response;
}

Task<Result<std::size_t>> CurlTransfer::read(std::span<char> into) {
  HW_CHECK(!into.empty());
  for (;;) {
    const std::size_t count = download_.take(into);
    if (count > 0) {
      if (download_paused_ && download_.room() >= kStreamBuffer / 2) {
        download_paused_ = false;
        loop_->resume(*this);
      }
      co_return count;
    }
    if (done_ && failure_) co_return std::unexpected(*failure_);
    if (done_) co_return std::size_t{0};
    Task<> changed = changed_.wait();
    co_await std::move(changed);
  }
}

void CurlTransfer::finish(CURLcode code) {
  if (done_) return;
  if (code == CURLE_COULDNT_CONNECT && met_private_address_) failure_ = not_public(host());
  if (!failure_ && code != CURLE_OK) {
    CurlFailure failure(code, host());
    failure.text = error_text_.data();
    curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &failure.proxy_status);
    failure.maybe_sent = attempts_ > 0;
    failure.head_complete = head_.complete();
    const auto lasted = std::chrono::steady_clock::now() - started_ + kTimerSlack;
    failure.deadline_passed = parts_.timeout != kNoTimeout && lasted >= parts_.timeout;
    failure_ = curl_error(failure);
  }
  // libcurl takes a connection that closes inside the head for the end of an answer without a body.
  if (!failure_ && !head_.complete()) failure_ = broken("it ends inside its head");
  close();
}

void CurlTransfer::abort(Error error) {
  if (done_) return;
  failure_ = attempts_ > 0 ? std::move(error) : std::move(error).with_never_sent();
  close();
}

void CurlTransfer::close() {
  done_ = true;
  loop_->remove(*this);
  parts_.place = Admission::Place();
  changed_.ring();
}

Error CurlTransfer::broken(const std::string& what) const {
  return Error(ErrorCode::kUpstreamProtocol, "the answer of " + host() + " is not valid: " + what);
}

bool CurlTransfer::wants_upload() const {
  return source_ != nullptr && upload_.room() >= kStreamBuffer / 2;
}

Task<> CurlTransfer::upload_piece() {
  Task<Result<std::size_t>> reading = source_->read(upload_.space());
  Result<std::size_t> got = co_await std::move(reading);
  if (done_ || source_ == nullptr) co_return;
  if (!got) {
    abort(got.error());
    co_return;
  }
  const bool ended = *got == 0;
  if (source_left_ && (*got > *source_left_ || (ended && *source_left_ > 0))) {
    abort(Error(ErrorCode::kInternal, "the request's body is not as long as it was said to be"));
    co_return;
  }
  upload_.commit(*got);
  if (source_left_) *source_left_ -= *got;
  if (ended || source_left_ == 0) {
    source_ = nullptr;
    upload_ended_ = true;
  }
  if (upload_paused_) {
    upload_paused_ = false;
    loop_->resume(*this);
  }
}

std::size_t CurlTransfer::on_upload(char* bytes, std::size_t size, std::size_t count, void* self_) {
  auto* self = static_cast<CurlTransfer*>(self_);
  const std::size_t taken = self->upload_.take({bytes, size * count});
  if (taken > 0) {
    self->changed_.ring();
    return taken;
  }
  if (self->upload_ended_) return 0;
  self->upload_paused_ = true;
  return CURL_READFUNC_PAUSE;
}

int CurlTransfer::on_send(void* self_, char*, char*, int, int) {
  auto* self = static_cast<CurlTransfer*>(self_);
  // The second time, the connection was an old one and died without an answer; the server may have acted all
  // the same.
  if (++self->attempts_ > 1 && !is_harmless_twice(self->parts_.request)) {
    self->failure_ =
        Error(ErrorCode::kUpstreamUnavailable, self->host() + " closed the connection without an answer");
    return CURL_PREREQFUNC_ABORT;
  }
  return CURL_PREREQFUNC_OK;
}

std::size_t CurlTransfer::on_header(char* bytes, std::size_t size, std::size_t count, void* self_) {
  auto* self = static_cast<CurlTransfer*>(self_);
  const bool was_complete = self->head_.complete();
  const Result<> read = self->head_.add({bytes, size * count});
  if (!read) self->failure_ = self->broken(read.error().message());
  if (read && !was_complete && self->head_.complete()) self->head_done();
  return self->failure_ ? 0 : size * count;
}

void CurlTransfer::head_done() {
  const int status = head_.status();
  // libcurl stops sending then; there is no use in reading on.
  if (status >= kFirstRedirect) source_ = nullptr;
  const std::optional<std::string_view> length = head_.fields().find("Content-Length");
  const bool has_body = parts_.request.method != Method::kHead && status != kNotModified;
  const bool is_packed = parts_.request.decompress && head_.fields().find("Content-Encoding");
  if (length && has_body && !is_packed && !head_.fields().find("Transfer-Encoding")) {
    length_ = parse_number<std::uint64_t>(*length);
    if (!length_) failure_ = broken("its length is not a number");
  }
  if (is_packed) head_.drop_coding();
  const std::size_t limit = parts_.request.max_body;
  if (!parts_.request.stream_answer && length_) {
    if (*length_ > limit) failure_ = too_long();
    body_.reserve(std::min<std::size_t>(*length_, limit));
  }
  changed_.ring();
}

std::size_t CurlTransfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self_) {
  auto* self = static_cast<CurlTransfer*>(self_);
  const std::span<const char> piece(bytes, size * count);
  if (self->parts_.request.stream_answer) {
    if (piece.size() > self->download_.room()) {
      self->download_paused_ = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    self->download_.put(piece);
    self->changed_.ring();
    return piece.size();
  }
  if (piece.size() > self->parts_.request.max_body - self->body_.size()) {
    self->failure_ = self->too_long();
    return 0;
  }
  append_wiping(self->body_, piece);
  return piece.size();
}

Error CurlTransfer::too_long() const {
  return broken("its body is larger than " + std::to_string(parts_.request.max_body) + " bytes");
}

}  // namespace hubwarden::http
