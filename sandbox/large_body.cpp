#include "sandbox/large_body.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::string_view kBegin = R"({"padding":")";
constexpr std::string_view kEnd = R"("})";
static_assert(kBegin.size() + kEnd.size() == kMinLargeBody);

class LargeBody final : public http::BodySource {
 public:
  explicit LargeBody(std::uint64_t bytes) : bytes_(bytes) {}

  http::Task<Result<std::size_t>> read(std::span<char> into) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), bytes_ - written_));
    std::fill_n(into.begin(), count, 'x');
    put(into.first(count), 0, kBegin);
    put(into.first(count), bytes_ - kEnd.size(), kEnd);
    written_ += count;
    co_return count;
  }

  std::optional<std::uint64_t> length() const override { return bytes_; }

 private:
  // What of `text` falls into this piece, when it stands at `position` of the whole.
  void put(std::span<char> piece, std::uint64_t position, std::string_view text) const {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::uint64_t at = position + i;
      if (at >= written_ && at < written_ + piece.size()) piece[at - written_] = text[i];
    }
  }

  std::uint64_t bytes_;
  std::uint64_t written_ = 0;
};

}  // namespace

void put_large_body(http::Response& answer, std::uint64_t bytes) {
  HW_CHECK(bytes >= kMinLargeBody);
  answer.body() = std::make_unique<LargeBody>(bytes);
  answer.fields().set("Content-Type", "application/json; charset=utf-8");
}

}  // namespace hubwarden::sandbox
