#include "redis/sentinel_replies.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "redis/slots.h"

namespace hubwarden::redis {
namespace {

constexpr std::array<std::string_view, 3> kNoMasters = {"LOADING ", "MASTERDOWN ", "READONLY "};
constexpr std::size_t kMaxShown = 60;

}  // namespace

Result<net::Endpoint> read_master(const Reply& reply, const std::string& name, const net::Endpoint& asked) {
  if (reply.is_error()) {
    return fail(ErrorCode::kUnavailable, "the sentinel at " + asked.text() + " says " + error_text(reply));
  }
  if (reply.is_nil()) {
    return fail(ErrorCode::kUnavailable, "the sentinel at " + asked.text() + " knows no master " + name);
  }
  const std::vector<Reply>& parts = reply.items();
  const auto port = parts.size() == 2 ? parse_number<std::uint16_t>(parts[1].text()) : std::nullopt;
  std::optional<net::Endpoint> master;
  if (port && !parts[0].text().empty()) master = read_endpoint(parts[0].text(), *port, asked);
  if (!master) {
    return fail(ErrorCode::kUnavailable, "the sentinel at " + asked.text() + " names no server");
  }
  return std::move(*master);
}

Result<> check_role(const Reply& reply, const net::Endpoint& asked) {
  if (reply.is_error()) {
    return fail(ErrorCode::kUnavailable, "Redis at " + asked.text() + " says " + error_text(reply));
  }
  const std::string role = reply.items().empty() ? "" : reply.items().front().text();
  if (role == "master") return {};
  return fail(ErrorCode::kUnavailable,
              "Redis at " + asked.text() + " is no master but '" + printable(role, kMaxShown) + "'");
}

bool is_no_masters(const Reply& reply) {
  return reply.is_error() && std::ranges::any_of(kNoMasters, [&](std::string_view beginning) {
           return reply.text().starts_with(beginning);
         });
}

}  // namespace hubwarden::redis
