#pragma once

// What the server and the outbound client have in common: methods, header fields, bodies.

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "http/fields.h"
#include "net/task.h"

namespace hubwarden::http {

using net::Task;

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };

std::string_view to_string(Method method);
std::optional<Method> parse_method(std::string_view text);  // case-sensitive, as in RFC 9110

// A body that is pulled, piece by piece: the server's incoming and outgoing bodies and the client's, in both
// directions. Nothing is held beyond what `into` takes, so the reader's pace is the sender's pace.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // Bytes written to `into`; 0 is the end. After an error or the end, do not call it again.
  virtual Task<Result<std::size_t>> read(std::span<char> into) = 0;
  // When known before reading.
  virtual std::optional<std::uint64_t> length() const { return std::nullopt; }
};

// Reads to the end; `too_large` beyond `limit`.
Task<Result<std::string>> read_all(BodySource& source, std::size_t limit);

// Nothing, bytes of its own, bytes shared by many answers, or a stream.
using Body = std::variant<std::monostate, std::string, std::shared_ptr<const std::string>,
                          std::unique_ptr<BodySource>>;

// The bytes of a body that is at hand; none for nothing and for a stream.
std::optional<std::string_view> text_of(const Body& body);

}  // namespace hubwarden::http
