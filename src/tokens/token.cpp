#include "tokens/token.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/check.h"
#include "base/time_text.h"

namespace hubwarden::tokens {
namespace {

constexpr std::string_view kOpening = R"({"token":")";

// A token is printable ASCII without quotes or backslashes (checked where it comes from), so it stands in
// JSON as is.
std::string render(const Secret& value, const TokenFacts& facts) {
  boost::json::object rest;
  if (facts.expires_at == TimePoint::max()) {
    rest["expires_at"] = nullptr;
  } else {
    rest["expires_at"] = rfc3339(facts.expires_at);
  }
  boost::json::object permissions;
  for (const auto& [name, level] : facts.permissions) permissions[name] = level;
  rest["permissions"] = std::move(permissions);
  boost::json::array repositories;
  for (const std::string& repository : facts.repositories) repositories.emplace_back(repository);
  rest["repositories"] = std::move(repositories);
  rest["source"] = to_string(facts.source);

  const std::string tail = boost::json::serialize(rest);
  std::string out;
  out.reserve(kOpening.size() + value.size() + 2 + tail.size());
  out.append(kOpening).append(value.reveal()).append("\",").append(tail, 1);
  return out;
}

std::shared_ptr<const http::Prepared> prepare(std::string body) {
  http::Fields fields;
  fields.add("Content-Type", "application/json");
  fields.add("Cache-Control", "no-store");
  return std::make_shared<const http::Prepared>(200, fields, std::move(body));
}

}  // namespace

std::string_view to_string(TokenSource source) {
  switch (source) {
    case TokenSource::kApp: return "app";
    case TokenSource::kStatic: return "static";
  }
  HW_CHECK(false);
}

Token::Token(const Secret& value, std::string fingerprint, TokenFacts facts)
    : fingerprint_(std::move(fingerprint)),
      facts_(std::move(facts)),
      answer_(prepare(render(value, facts_))),
      value_(std::string_view(answer_->body()).substr(kOpening.size(), value.size())) {
}

std::string Token::scope_text() const {
  std::string text = facts_.repositories.empty() ? "*" : "";
  for (const std::string& repository : facts_.repositories) text += (text.empty() ? "" : ",") + repository;
  for (char separator = ' '; const auto& [name, level] : facts_.permissions) {
    text.append(1, separator).append(name).append(":").append(level);
    separator = ',';
  }
  return text;
}

}  // namespace hubwarden::tokens
