// GitHub's Link field: what callers are given of it leads to hubwarden's own route, in fields that are
// well-formed.

#include "delivery/operations/links.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "fuzz/target.h"

namespace hubwarden::fuzz {
namespace {

const github::Host kHost = github::Host::github_com();
const policy::Repository kWidgets = *policy::Repository::parse("acme/widgets");

void check(std::string_view links) {
  HW_CHECK(std::ranges::all_of(links, [](char c) { return c >= 0x20 && c < 0x7F; }));
  const std::string begin = "<" + std::string(delivery::kOperationsPath) + "?";
  std::size_t count = 0;
  for (std::size_t at = links.find('<'); at != std::string_view::npos; at = links.find('<', at + 1)) {
    HW_CHECK(links.substr(at).starts_with(begin));
    ++count;
  }
  HW_CHECK(static_cast<std::size_t>(std::ranges::count(links, '>')) == count);
}

}  // namespace

// Two texts: an operation and the field. As a field it is one of a request's own, too.
void target(std::string_view bytes) {
  const auto operation = catalogue::find(take_text(bytes));
  const std::string_view field = take_text(bytes);
  if (!operation) return;
  const delivery::AskedOf asked(kHost, *operation, kWidgets, RepositoryId(42));
  check(delivery::callers_links(field, asked));
  (void)delivery::leads_to_the_same(field, asked, delivery::Naming::kByIdAlone);
}

}  // namespace hubwarden::fuzz
