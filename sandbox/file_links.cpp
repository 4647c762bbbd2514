#include "sandbox/file_links.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace hubwarden::sandbox {

std::string FileLinks::sign(std::string_view origin, FileLink link, TimePoint now, Random& random) {
  if (links_.size() >= kMaxLinks) links_.pop_front();
  std::string ticket = fmt::format("{:016x}{:016x}", random.next(), random.next());
  // codeload and blob storage call it differently.
  const std::string_view name = link.kind == FileLink::Kind::kArchive ? "token" : "sig";
  std::string address = fmt::format("{}{}?{}={}", origin, link.path, name, ticket);
  links_.push_back(Signed{std::move(ticket), now + std::chrono::duration_cast<TimePoint::duration>(kLifetime),
                          std::move(link)});
  return address;
}

const FileLink* FileLinks::find(std::string_view path, std::string_view ticket, TimePoint now) const {
  const auto found = std::find_if(links_.begin(), links_.end(), [&](const Signed& one) {
    return one.ticket == ticket && one.link.path == path && now < one.until;
  });
  return found == links_.end() ? nullptr : &found->link;
}

}  // namespace hubwarden::sandbox
