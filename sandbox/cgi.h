#pragma once

// The head of a CGI program's answer (RFC 3875, 6): fields, an empty line, then the body. No I/O.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "http/message.h"

namespace hubwarden::sandbox {

struct CgiHead {
  CgiHead() = default;
  int status = 200;
  http::Fields fields;  // without Status
};

// Takes the output as it comes.
class CgiReader {
 public:
  // git's own heads are a few hundred bytes.
  static constexpr std::size_t kMaxHead = 16 * 1024;

  // The head once its end has come; `upstream_protocol` when this is none.
  Result<std::optional<CgiHead>> take(std::string_view piece);
  // What came behind the head.
  std::string rest() { return std::move(buffer_); }

 private:
  std::string buffer_;
};

}  // namespace hubwarden::sandbox
