#include "sandbox/pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::size_t kDefaultPerPage = 30;
constexpr std::size_t kMaxPerPage = 100;

std::size_t number_parameter(const Call& call, std::string_view name, std::size_t fallback) {
  const auto text = call.parameter(name);
  const auto number = text ? parse_number<std::uint32_t>(*text) : std::nullopt;
  return number && *number > 0 ? *number : fallback;
}

// The other parameters stay as they were.
std::string query_of(const Call& call, std::size_t page) {
  std::string query;
  for (const std::string_view pair : split(call.query, '&')) {
    if (pair.empty() || pair.starts_with("page=")) continue;
    query += std::string(pair) + "&";
  }
  return query + "page=" + std::to_string(page);
}

}  // namespace

std::size_t Page::first() const {
  return std::min(total, (page - 1) * per_page);
}
std::size_t Page::end() const {
  return std::min(total, first() + per_page);
}

Page page_of(const Call& call, std::size_t total) {
  return Page{std::min(number_parameter(call, "per_page", kDefaultPerPage), kMaxPerPage),
              number_parameter(call, "page", 1), total};
}

std::optional<std::string> link_header(const Call& call, const Page& page, std::string_view base) {
  const std::size_t last = std::max<std::size_t>(1, (page.total + page.per_page - 1) / page.per_page);
  std::string links;
  const auto add = [&](std::size_t number, std::string_view rel) {
    if (!links.empty()) links += ", ";
    links += fmt::format("<{}?{}>; rel=\"{}\"", base, query_of(call, number), rel);
  };
  if (page.page > 1) add(std::min(page.page - 1, last), "prev");
  if (page.page < last) add(page.page + 1, "next");
  if (page.page < last) add(last, "last");
  if (page.page > 1) add(1, "first");
  if (links.empty()) return std::nullopt;
  return links;
}

}  // namespace hubwarden::sandbox
