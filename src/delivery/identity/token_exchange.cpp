#include "delivery/identity/token_exchange.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <memory>
#include <string_view>

#include "delivery/error_answer.h"
#include "delivery/query.h"

namespace hubwarden::delivery {
namespace {

constexpr std::string_view kGrant = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view kAccessToken = "urn:ietf:params:oauth:token-type:access_token";
constexpr std::string_view kJwt = "urn:ietf:params:oauth:token-type:jwt";
constexpr std::string_view kIdToken = "urn:ietf:params:oauth:token-type:id_token";

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> known) {
  return std::ranges::find(known, text) != known.end();
}

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::kInvalidRequest, std::move(message));
}

Result<> check(const Query& form) {
  for (const std::string_view name :
       {"grant_type", "subject_token_type", "requested_token_type", "audience", "subject_token"}) {
    const Result<std::optional<std::string>> once = form.one(name);
    if (!once) return std::unexpected(once.error());
  }
  const auto value = [&form](std::string_view name) { return form.one(name)->value_or(""); };
  if (value("grant_type") != kGrant) return refuse("grant_type must be " + std::string(kGrant));
  if (!is_one_of(value("subject_token_type"), {kJwt, kIdToken, kAccessToken})) {
    return refuse("subject_token_type must be " + std::string(kJwt));
  }
  if (!is_one_of(value("requested_token_type"), {"", kAccessToken, kJwt})) {
    return refuse("requested_token_type must be " + std::string(kAccessToken));
  }
  return {};
}

// OAuth's own word for it.
std::string_view oauth_code(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalidRequest: return "invalid_request";
    case ErrorCode::kUnauthenticated: return "invalid_grant";
    case ErrorCode::kForbidden: return "access_denied";
    case ErrorCode::kUpstreamUnavailable:
    case ErrorCode::kUpstreamTimeout:
    case ErrorCode::kRateLimited:
    case ErrorCode::kUnavailable: return "temporarily_unavailable";
    default: return "server_error";
  }
}

http::Fields json_fields() {
  http::Fields fields;
  fields.add("Content-Type", "application/json");
  fields.add("Cache-Control", "no-store");
  return fields;
}

}  // namespace

Result<Secret> exchanged_jwt(std::string text) {
  std::ranges::replace(text, '+', ' ');
  Result<Query> form = Query::parse(
      text, {"grant_type", "subject_token", "subject_token_type", "requested_token_type", "audience"});
  wipe(text);
  if (!form) return std::unexpected(form.error());
  const Result<> checked = check(*form);
  std::string jwt = form->take("subject_token");
  Secret secret = Secret::absorb(jwt);
  if (!checked) return std::unexpected(checked.error());
  if (secret.empty()) return refuse("subject_token is missing");
  return secret;
}

http::Response exchange_answer(const auth::OpenedSession& opened, TimePoint now) {
  const auto left = std::chrono::floor<std::chrono::seconds>(opened.session.expires_at - now);
  const std::string begin = "{\"access_token\":\"";
  const std::string end = "\",\"issued_token_type\":\"" + std::string(kAccessToken) +
                          "\",\"token_type\":\"Bearer\",\"expires_in\":" + std::to_string(left.count()) +
                          "}\n";
  std::string body;
  body.reserve(begin.size() + opened.token.size() + end.size());  // one buffer, so that none is left unwiped
  body.append(begin).append(opened.token.reveal()).append(end);
  return http::Response(
      std::make_shared<const http::Prepared>(200, http::FieldLines(json_fields()), std::move(body)));
}

http::Response exchange_refusal(const Error& error, std::string_view request_id) {
  boost::json::object body;
  body["error"] = oauth_code(error);
  body["error_description"] = error.message();
  body["request_id"] = request_id;
  // RFC 6749 has 400 for what a server understood and refuses.
  const int status = status_of(error.code());
  http::Response response(status == 401 || status == 403 ? 400 : status, "application/json",
                          boost::json::serialize(body) + "\n");
  response.fields().add("Cache-Control", "no-store");
  if (error.retry_after()) {
    response.fields().add("Retry-After", std::to_string(error.retry_after()->count()));
  }
  return response;
}

}  // namespace hubwarden::delivery
