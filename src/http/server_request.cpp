#include "http/server_request.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/text.h"
#include "http/server_session.h"

namespace hubwarden::http {

using net::Transfer;

BodyReader::BodyReader(Session& session, const wire::RequestHead& head, std::uint64_t limit, const Pace& pace)
    : session_(session),
      state_(head.framing() == wire::Framing::kNone ? State::kDone : State::kReading),
      framing_(head.framing()),
      owes_continue_(head.expects_continue()),
      length_(head.content_length()),
      limit_(limit),
      pace_(pace) {
}

std::optional<std::uint64_t> BodyReader::length() const {
  if (framing_ == wire::Framing::kChunked) return std::nullopt;
  return length_;
}

Task<Result<std::size_t>> BodyReader::read(std::span<char> into) {
  HW_CHECK(!into.empty());
  if (state_ == State::kDone) co_return 0;
  if (state_ == State::kBroken || length_ > limit_) co_return fail_reading();
  if (owes_continue_) {
    owes_continue_ = false;
    const bool sent = co_await session_.send_continue();
    if (!sent) co_return fail_reading();
  }
  for (;;) {
    const Transfer got = take(into);
    if (got.state == Transfer::kSome) co_return got.bytes;
    if (got.state == Transfer::kEnd) co_return 0;
    if (got.state == Transfer::kFailed) co_return fail_reading();
    const bool ready = co_await session_.wait(got.want, pace_);
    if (!ready) co_return fail_reading();
  }
}

Transfer BodyReader::take(std::span<char> into) {
  const Transfer got = framing_ == wire::Framing::kChunked ? take_chunked(into) : take_plain(into);
  if (got.state == Transfer::kSome) {
    received_ += got.bytes;
    pace_.moved(got.bytes);
    if (received_ > limit_) return {Transfer::kFailed};
    if (framing_ == wire::Framing::kLength && received_ == length_) state_ = State::kDone;
  }
  if (got.state == Transfer::kEnd) state_ = State::kDone;
  return got;
}

Transfer BodyReader::take_plain(std::span<char> into) {
  const std::size_t most =
      static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), length_ - received_));
  const std::string_view there = session_.input().unread().substr(0, most);
  if (!there.empty()) {
    there.copy(into.data(), into.size());
    session_.input().consume(there.size());
    return {Transfer::kSome, there.size()};
  }
  const Transfer got = session_.stream().read(into.first(most));
  // The connection's end is not the body's end.
  return got.state == Transfer::kEnd ? Transfer{Transfer::kFailed} : got;
}

Transfer BodyReader::take_chunked(std::span<char> into) {
  InputBuffer& input = session_.input();
  for (;;) {
    const auto step = chunks_.next(input.unread(), into.size());
    if (!step) {
      malformed_ = step.error();
      return {Transfer::kFailed};
    }
    step->data.copy(into.data(), into.size());
    input.consume(step->consumed);
    if (!step->data.empty()) return {Transfer::kSome, step->data.size()};
    if (step->done) return {Transfer::kEnd};
    const std::span<char> space = input.space();
    const Transfer got = session_.stream().read(space);
    if (got.state == Transfer::kEnd) return {Transfer::kFailed};
    if (got.state != Transfer::kSome) return got;
    input.filled(got.bytes);
  }
}

std::unexpected<Error> BodyReader::fail_reading() {
  state_ = State::kBroken;
  if (length_ > limit_ || received_ > limit_) {
    return fail(ErrorCode::kTooLarge, "the body is larger than " + std::to_string(limit_) + " bytes");
  }
  if (malformed_) return fail(ErrorCode::kInvalidRequest, std::string(malformed_->message));
  if (session_.has_timed_out()) return fail(ErrorCode::kInvalidRequest, "the body came too slowly");
  return fail(ErrorCode::kInvalidRequest, "the connection ended inside the body");
}

bool BodyReader::is_worth_draining() const {
  if (state_ != State::kReading || owes_continue_) return false;
  return framing_ == wire::Framing::kChunked || length_ - received_ <= kMaxDrain;
}

Task<bool> BodyReader::drain() {
  std::array<char, 4096> scratch;
  limit_ = received_ + kMaxDrain;
  while (state_ == State::kReading) {
    const Transfer got = take(scratch);
    if (got.state == Transfer::kFailed) co_return false;
    if (got.state != Transfer::kBlocked) continue;
    const bool ready = co_await session_.wait(got.want, pace_);
    if (!ready) co_return false;
  }
  co_return state_ == State::kDone;
}

ServerRequest::ServerRequest(Session& session, Method method, const wire::RequestHead& head, const Peer& peer,
                             std::string_view id, std::uint64_t body_limit, const Pace& pace)
    : method_(method), head_(head), peer_(peer), id_(id), body_(session, head, body_limit, pace) {
  const std::string_view target = head.target();
  const std::size_t mark = std::min(target.find('?'), target.size());
  path_ = target.substr(0, mark);
  query_ = target.substr(std::min(mark + 1, target.size()));
}

std::size_t ServerRequest::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(head_.fields(), [name](const wire::FieldView& field) {
    return equal_ignoring_case(field.name, name);
  }));
}

void ServerRequest::each(const std::function<void(std::string_view, std::string_view)>& visit) const {
  for (const wire::FieldView& field : head_.fields()) visit(field.name, field.value);
}

}  // namespace hubwarden::http
