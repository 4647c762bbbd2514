#include "sandbox/call.h"

#include "base/text.h"
#include "http/handler.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::string_view kEnterprisePrefix = "/api/v3";

std::string without_prefix(std::string_view path) {
  if (path == kEnterprisePrefix) return "/";
  if (path.starts_with(kEnterprisePrefix) && path[kEnterprisePrefix.size()] == '/') {
    path.remove_prefix(kEnterprisePrefix.size());
  }
  return std::string(path);
}

}  // namespace

Call::Call(http::Method method_, std::string_view target) : method(method_) {
  const std::size_t mark = target.find('?');
  path = without_prefix(target.substr(0, mark));
  if (mark != std::string_view::npos) query = target.substr(mark + 1);
  headers.add("User-Agent", "sandbox");
}

Call::Call(http::Request& request)
    : method(request.method()),
      path(without_prefix(request.path())),
      query(request.query()),
      address(request.peer().address) {
  request.fields().each([this](std::string_view name, std::string_view value) { headers.add(name, value); });
}

std::optional<std::string> Call::parameter(std::string_view name) const {
  for (const std::string_view pair : split(query, '&')) {
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) != name) continue;
    return percent_decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
  }
  return std::nullopt;
}

Credentials credentials_of(std::optional<std::string_view> authorization) {
  if (!authorization) return {};
  const std::size_t space = authorization->find(' ');
  const std::string_view scheme = authorization->substr(0, space);
  const std::string_view rest =
      space == std::string_view::npos ? std::string_view() : trim(authorization->substr(space));
  if (equal_ignoring_case(scheme, "bearer")) return {Credentials::Scheme::kBearer, std::string(rest)};
  if (equal_ignoring_case(scheme, "token")) return {Credentials::Scheme::kToken, std::string(rest)};
  if (!equal_ignoring_case(scheme, "basic")) return {Credentials::Scheme::kOther, std::string(rest)};
  const auto pair = decode_base64(rest);
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return {Credentials::Scheme::kBasic, {}};
  return {Credentials::Scheme::kBasic, pair->substr(colon + 1)};
}

}  // namespace hubwarden::sandbox
