#include "auth/issuer_document.h"

#include <boost/json/object.hpp>
#include <utility>

#include "http/url.h"
#include "wire/strict_json.h"

namespace hubwarden::auth {
namespace {

constexpr std::size_t kMaxDepth = 8;

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kUpstreamProtocol, "the issuer's discovery document " + std::move(why));
}

}  // namespace

std::string discovery_url(std::string_view issuer) {
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  return std::string(issuer) + "/.well-known/openid-configuration";
}

Result<std::string> jwks_url_in(std::string_view document, std::string_view issuer) {
  if (document.size() > kMaxDiscovery) return refuse("is longer than 64 KiB");
  const auto value = wire::parse_strict_json(document, kMaxDepth);
  const boost::json::object* const object = value ? value->if_object() : nullptr;
  if (object == nullptr) return refuse("is no JSON object, or has a member twice");
  if (wire::text_at(*object, "issuer") != issuer) return refuse("is another issuer's");
  const std::string where(wire::text_at(*object, "jwks_uri").value_or(""));
  const Result<http::Url> url = http::Url::parse(where);
  if (!url || !url->is_https()) return refuse("does not lead to keys by https");
  return where;
}

}  // namespace hubwarden::auth
