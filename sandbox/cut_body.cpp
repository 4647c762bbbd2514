#include "sandbox/cut_body.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace hubwarden::sandbox {
namespace {

std::unexpected<Error> broken() {
  return fail(ErrorCode::kUnavailable, "the connection is cut on purpose");
}

class CutText final : public http::BodySource {
 public:
  explicit CutText(std::string text) : text_(std::move(text)) {}

  http::Task<Result<std::size_t>> read(std::span<char> into) override {
    const std::size_t count = std::min(text_.size() / 2 - taken_, into.size());
    if (count == 0) co_return broken();
    text_.copy(into.data(), count, taken_);
    taken_ += count;
    co_return count;
  }

  std::optional<std::uint64_t> length() const override { return text_.size(); }

 private:
  std::string text_;
  std::size_t taken_ = 0;
};

class CutStream final : public http::BodySource {
 public:
  explicit CutStream(std::unique_ptr<http::BodySource> source) : source_(std::move(source)) {}

  http::Task<Result<std::size_t>> read(std::span<char> into) override {
    if (std::exchange(begun_, true)) co_return broken();
    const Result<std::size_t> got =
        co_await source_->read(into.first(std::min<std::size_t>(into.size(), 64)));
    co_return got;
  }

  std::optional<std::uint64_t> length() const override { return source_->length(); }

 private:
  std::unique_ptr<http::BodySource> source_;
  bool begun_ = false;
};

}  // namespace

void cut_body(http::Response& answer) {
  if (auto* text = std::get_if<std::string>(&answer.body()); text && !text->empty()) {
    answer.body() = std::make_unique<CutText>(std::move(*text));
  } else if (auto* source = std::get_if<std::unique_ptr<http::BodySource>>(&answer.body())) {
    answer.body() = std::make_unique<CutStream>(std::move(*source));
  }
}

}  // namespace hubwarden::sandbox
