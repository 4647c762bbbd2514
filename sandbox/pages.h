#pragma once

// per_page, page and the Link header, as GitHub counts them: 30 by default, at most 100, pages from 1.

#include <cstddef>
#include <optional>
#include <string>

#include "sandbox/call.h"

namespace hubwarden::sandbox {

struct Page {
  std::size_t per_page;
  std::size_t page;
  std::size_t total;

  std::size_t first() const;  // index of the page's first item
  std::size_t end() const;    // one past its last
};

Page page_of(const Call& call, std::size_t total);
// The value of Link; nothing when all is on one page. `base` is the URL without its query.
std::optional<std::string> link_header(const Call& call, const Page& page, std::string_view base);

}  // namespace hubwarden::sandbox
