#include "http/handler.h"

#include "base/secret.h"
#include "wire/http1_response.h"

namespace hubwarden::http {

FieldLines::FieldLines(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) wire::append_field(text, name, value);
  text_ = std::make_shared<const std::string>(std::move(text));
}

Prepared::~Prepared() {
  wipe(body_);
}

}  // namespace hubwarden::http
