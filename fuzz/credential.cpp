// What git writes to its credential helper. Whatever is accepted can be asked for without a second look.

#include "wire/credential.h"

#include "base/check.h"
#include "base/text.h"
#include "fuzz/target.h"

namespace hubwarden::fuzz {
namespace {

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\0\r\n", 3)) == std::string_view::npos;
}

}  // namespace

void target(std::string_view bytes) {
  const auto asked = wire::parse_credential(bytes);
  if (!asked) return;
  HW_CHECK(bytes.size() <= wire::kMaxCredentialInput);
  HW_CHECK(!asked->protocol.empty() && !asked->host.empty());
  HW_CHECK(is_one_line(asked->protocol) && is_one_line(asked->host));
  HW_CHECK(!asked->path || is_one_line(*asked->path));
  HW_CHECK(!asked->username || is_one_line(*asked->username));

  // What came in as a password may go out as one, and the next helper reads the same.
  const wire::Credential answer(asked->username.value_or("x"), asked->password.clone(), std::nullopt);
  const auto lines = wire::format_credential(answer);
  if (!lines) return;
  const std::string whole = "protocol=https\nhost=h\n" + std::string(lines->reveal()) + "\n";
  const auto again = wire::parse_credential(whole);
  HW_CHECK(again && again->username == answer.username);
  HW_CHECK(again->password.reveal() == asked->password.reveal());
}

}  // namespace hubwarden::fuzz
