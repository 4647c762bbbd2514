#pragma once

// An answer's body on its way to the caller, counted against the budget of who asked; and the call's lease,
// which ends with it.

#include <memory>

#include "auth/budgets.h"
#include "http/message.h"

namespace hubwarden::delivery {

class MeteredBody final : public http::BodySource {
 public:
  MeteredBody(std::unique_ptr<http::BodySource> body, std::unique_ptr<auth::CallLease> lease)
      : body_(std::move(body)), lease_(std::move(lease)) {}

  // A body whose length is known is counted at once, or refused whole: nothing of it is passed on.
  http::Task<Result<>> count_ahead() {
    const auto length = body_->length();
    if (!length) co_return Result<>();
    is_counted_ = true;
    http::Task<Result<>> spending = lease_->spend(*length);
    Result<> fits = co_await std::move(spending);
    co_return fits;
  }

  http::Task<Result<std::size_t>> read(std::span<char> into) override {
    Result<std::size_t> got = co_await body_->read(into);
    if (!got || is_counted_) co_return got;
    http::Task<Result<>> spending = lease_->spend(*got);
    const Result<> may_pass = co_await std::move(spending);
    if (!may_pass) co_return std::unexpected(may_pass.error());
    co_return got;
  }
  std::optional<std::uint64_t> length() const override { return body_->length(); }

 private:
  std::unique_ptr<http::BodySource> body_;
  std::unique_ptr<auth::CallLease> lease_;
  bool is_counted_ = false;
};

}  // namespace hubwarden::delivery
