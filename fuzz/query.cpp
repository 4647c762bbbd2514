// A request's query as the token routes read it, and what is asked for by it.

#include "delivery/query.h"

#include "base/check.h"
#include "base/text.h"
#include "fuzz/target.h"
#include "http/url.h"
#include "policy/repository_list.h"

namespace hubwarden::fuzz {

void target(std::string_view bytes) {
  if (bytes.find('\0') != std::string_view::npos) return;  // a target holds none
  const auto query =
      delivery::Query::parse(bytes, {"repo", "permissions", "min_ttl", "installation", "host"});
  if (query) {
    HW_CHECK(query->all("repo").size() <= delivery::Query::kMaxParameters);
    for (const std::string& value : query->all("repo")) {
      HW_CHECK(value.find('\0') == std::string::npos);
      (void)policy::Repository::parse(value);
    }
  }
  if (const auto decoded = percent_decode(bytes)) {
    HW_CHECK(percent_decode(percent_encode(*decoded)) == *decoded);
  }
  if (const auto url = http::Url::parse(bytes)) {
    HW_CHECK(!url->host().empty() && url->text().size() <= http::Url::kMaxLength);
  }
}

}  // namespace hubwarden::fuzz
