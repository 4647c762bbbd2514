#pragma once

// What one replica has learned and the others have to know, and its text: JSON, sealed before it goes to
// Redis.
//
//   {"id":"18…","at":…,"host":"github.com","touched":"repository","repository":42,"names":["acme/widgets"]}
//   {"id":"18…","at":…,"host":"github.com","closed":"core","installation":7,"until":…}
//
// `touched` is installation, grants or repository; `closed` a resource, or "" for a secondary limit. Times
// are nanoseconds since 1970 by GitHub's clock. Acting on one twice does no harm.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "github/rate_closed.h"
#include "tokens/touched.h"

namespace hubwarden::fleet {

using Change = std::variant<tokens::Touched, github::RateClosed>;

struct News {
  News(std::uint64_t id_, TimePoint told_at_, std::string host_, Change change_)
      : id(id_), told_at(told_at_), host(std::move(host_)), change(std::move(change_)) {}

  std::uint64_t id;  // random: whoever has heard it knows it again
  TimePoint told_at;
  std::string host;
  Change change;  // a Touched as of told_at
};

// A webhook of GitHub's is longer.
inline constexpr std::size_t kMaxNewsValue = 256 << 10;

std::string news_value(const News& news);
// Nothing unless it is one.
std::optional<News> read_news_value(std::string_view value);

}  // namespace hubwarden::fleet
