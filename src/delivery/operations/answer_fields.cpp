#include "delivery/operations/answer_fields.h"

#include <array>
#include <string>
#include <string_view>

namespace hubwarden::delivery {
namespace {

constexpr std::array<std::string_view, 4> kOfTheBody = {"Content-Type", "Content-Disposition", "ETag",
                                                        "Last-Modified"};
constexpr std::array<std::string_view, 11> kOfGitHub = {"X-RateLimit-Limit",
                                                        "X-RateLimit-Remaining",
                                                        "X-RateLimit-Used",
                                                        "X-RateLimit-Reset",
                                                        "X-RateLimit-Resource",
                                                        "X-GitHub-Request-Id",
                                                        "X-GitHub-Media-Type",
                                                        "X-Poll-Interval",
                                                        "Retry-After",
                                                        "Deprecation",
                                                        "Sunset"};

// Of all that callers are given.
constexpr std::size_t kUsualSize = 1024;

template <std::size_t count>
void take(http::Fields& into, const http::Fields& from, const std::array<std::string_view, count>& names) {
  for (const std::string_view name : names) {
    if (const auto value = from.find(name)) into.add(name, *value);
  }
}

// What is private to a repository is kept nowhere on its way; and what it holds is never taken for a page of
// ours.
void add_guards(http::Fields& fields) {
  fields.add("Cache-Control", "no-store");
  fields.add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
}

}  // namespace

http::Fields callers_fields(const http::Fields& from_github, const AskedOf& asked) {
  http::Fields fields;
  fields.reserve(kOfTheBody.size() + kOfGitHub.size() + 3, kUsualSize);
  take(fields, from_github, kOfTheBody);
  take(fields, from_github, kOfGitHub);
  const std::string links = callers_links(from_github.find("Link").value_or(""), asked);
  if (!links.empty()) fields.add("Link", links);
  add_guards(fields);
  return fields;
}

http::Fields callers_fields_from_elsewhere(const http::Fields& from) {
  http::Fields fields;
  take(fields, from, kOfTheBody);
  add_guards(fields);
  return fields;
}

}  // namespace hubwarden::delivery
