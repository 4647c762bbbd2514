#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/check.h"
#include "net/stream.h"

namespace hubwarden::net {
namespace {

class PlainStream final : public Stream {
 public:
  PlainStream(const Executor& executor, UniqueFd socket) : descriptor_(executor, std::move(socket)) {}

  Transfer handshake() override { return {Transfer::kSome}; }

  Transfer read(std::span<char> into) override {
    if (!descriptor_.maybe_ready(Want::kRead)) return blocked(Want::kRead);
    const ssize_t got = retry([&] { return ::recv(descriptor_.fd(), into.data(), into.size(), 0); });
    if (got == 0) return {Transfer::kEnd};
    return moved(Want::kRead, got, into.size());
  }

  Transfer write(std::span<const std::string_view> pieces) override {
    if (!descriptor_.maybe_ready(Want::kWrite)) return blocked(Want::kWrite);
    std::array<iovec, kMaxPieces> vectors;
    HW_CHECK(pieces.size() <= vectors.size());
    std::size_t total = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
      total += pieces[i].size();
    }
    const ssize_t put =
        pieces.size() == 1 ? send(pieces.front()) : send(std::span(vectors).first(pieces.size()));
    return moved(Want::kWrite, put, total);
  }

  void end_writing() override { ::shutdown(descriptor_.fd(), SHUT_WR); }

  Descriptor& descriptor() override { return descriptor_; }

 private:
  template <class Call>
  static ssize_t retry(Call call) {
    ssize_t result = call();
    while (result < 0 && errno == EINTR) result = call();
    return result;
  }

  ssize_t send(std::string_view piece) {
    return retry([&] { return ::send(descriptor_.fd(), piece.data(), piece.size(), MSG_NOSIGNAL); });
  }

  ssize_t send(std::span<iovec> vectors) {
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = vectors.size();
    return retry([&] { return ::sendmsg(descriptor_.fd(), &message, MSG_NOSIGNAL); });
  }

  Transfer blocked(Want want) {
    descriptor_.blocked(want);
    return {Transfer::kBlocked, 0, want};
  }

  Transfer moved(Want want, ssize_t bytes, std::size_t asked) {
    if (bytes < 0) return errno == EAGAIN ? blocked(want) : Transfer{Transfer::kFailed};
    const auto count = static_cast<std::size_t>(bytes);
    if (count < asked) descriptor_.fell_short(want);
    return {Transfer::kSome, count};
  }

  Descriptor descriptor_;
};

}  // namespace

std::unique_ptr<Stream> make_plain_stream(const Executor& executor, UniqueFd socket) {
  return std::make_unique<PlainStream>(executor, std::move(socket));
}

}  // namespace hubwarden::net
