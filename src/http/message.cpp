#include "http/message.h"

#include <array>

#include "base/check.h"

namespace hubwarden::http {

std::string_view to_string(Method method) {
  switch (method) {
    case Method::kGet: return "GET";
    case Method::kHead: return "HEAD";
    case Method::kPost: return "POST";
    case Method::kPut: return "PUT";
    case Method::kPatch: return "PATCH";
    case Method::kDelete: return "DELETE";
    case Method::kOptions: return "OPTIONS";
  }
  HW_CHECK(false);
}

std::optional<Method> parse_method(std::string_view text) {
  for (const Method method : {Method::kGet, Method::kHead, Method::kPost, Method::kPut, Method::kPatch,
                              Method::kDelete, Method::kOptions}) {
    if (text == to_string(method)) return method;
  }
  return std::nullopt;
}

Task<Result<std::string>> read_all(BodySource& source, std::size_t limit) {
  std::string all;
  std::array<char, 8192> piece;
  for (;;) {
    Result<std::size_t> got = co_await source.read(piece);
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) co_return all;
    if (all.size() + *got > limit) {
      co_return fail(ErrorCode::kTooLarge, "the body is larger than " + std::to_string(limit) + " bytes");
    }
    all.append(piece.data(), *got);
  }
}

std::optional<std::string_view> text_of(const Body& body) {
  if (const auto* text = std::get_if<std::string>(&body)) return *text;
  const auto* shared = std::get_if<std::shared_ptr<const std::string>>(&body);
  if (shared != nullptr && *shared) return **shared;
  return std::nullopt;
}

}  // namespace hubwarden::http
