#include "http/handler.h"

#include "base/secret.h"
#include "wire/http1_response.h"

namespace hubwarden::http {

Prepared::Prepared(int status, const Fields& fields, std::string body)
    : status_(status), body_(std::move(body)) {
  for (const auto& [name, value] : fields) wire::append_field(field_lines_, name, value);
}

Prepared::~Prepared() {
  wipe(body_);
}

}  // namespace hubwarden::http
