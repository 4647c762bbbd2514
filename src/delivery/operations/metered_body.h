#pragma once

// An answer's body on its way to the caller, counted against the budget of who asked; and the call's lease,
// which ends with it.

#include <memory>

#include "http/message.h"
#include "policy/budget.h"

namespace hubwarden::delivery {

class MeteredBody final : public http::BodySource {
 public:
  MeteredBody(std::unique_ptr<http::BodySource> body, policy::Lease lease)
      : body_(std::move(body)), lease_(std::move(lease)) {}

  // A body whose length is known is counted at once, or refused whole: nothing of it is passed on.
  Result<> count_ahead() {
    const auto length = body_->length();
    if (!length) return {};
    is_counted_ = true;
    return lease_.spend(*length);
  }

  http::Task<Result<std::size_t>> read(std::span<char> into) override {
    Result<std::size_t> got = co_await body_->read(into);
    if (!got || is_counted_) co_return got;
    const Result<> may_pass = lease_.spend(*got);
    if (!may_pass) co_return std::unexpected(may_pass.error());
    co_return got;
  }
  std::optional<std::uint64_t> length() const override { return body_->length(); }

 private:
  std::unique_ptr<http::BodySource> body_;
  policy::Lease lease_;
  bool is_counted_ = false;
};

}  // namespace hubwarden::delivery
