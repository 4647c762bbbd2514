#include "tokens/token.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/check.h"
#include "base/time_text.h"

namespace hubwarden::tokens {
namespace {

constexpr std::string_view kOpening = R"({"token":")";
constexpr std::string_view kAfterToken = "\",";

// A token is printable ASCII without quotes or backslashes (checked where it comes from), so it stands in
// JSON as is.
std::string render(const Secret& value, const TokenFacts& facts, const TokenCover& cover) {
  boost::json::object rest;
  if (facts.expires_at == TimePoint::max()) {
    rest["expires_at"] = nullptr;
  } else {
    rest["expires_at"] = rfc3339(facts.expires_at);
  }
  boost::json::object permissions;
  for (const auto& [name, level] : cover.permissions) permissions[name] = level;
  rest["permissions"] = std::move(permissions);
  boost::json::array repositories;
  for (const std::string& repository : cover.repositories) repositories.emplace_back(repository);
  rest["repositories"] = std::move(repositories);
  rest["source"] = to_string(facts.source);

  const std::string tail = boost::json::serialize(rest);
  std::string out;
  out.reserve(kOpening.size() + value.size() + kAfterToken.size() + tail.size() - 1);
  out.append(kOpening).append(value.reveal()).append(kAfterToken).append(tail, 1);
  return out;
}

const http::FieldLines& field_lines() {
  static const http::FieldLines lines = [] {
    http::Fields fields;
    fields.add("Content-Type", "application/json");
    fields.add("Cache-Control", "no-store");
    return http::FieldLines(fields);
  }();
  return lines;
}

}  // namespace

std::string_view to_string(TokenSource source) {
  switch (source) {
    case TokenSource::kApp: return "app";
    case TokenSource::kStatic: return "static";
    case TokenSource::kPlugin: return "plugin";
  }
  HW_CHECK(false);
}

Token::Token(const Secret& value, std::string fingerprint, const TokenFacts& facts, const TokenCover& cover)
    : facts_(facts),
      answer_(200, field_lines(), render(value, facts, cover)),
      value_(std::string_view(answer_.body()).substr(kOpening.size(), value.size())),
      fingerprint_(std::move(fingerprint)) {
}

TokenCover Token::cover() const {
  // Of what follows the token, so that no copy of it is made.
  const std::size_t tail = kOpening.size() + value_.size() + kAfterToken.size();
  const boost::json::value answer = boost::json::parse("{" + answer_.body().substr(tail));
  TokenCover cover;
  for (const auto& [name, level] : answer.at("permissions").as_object()) {
    cover.permissions.emplace_back(name, level.as_string());
  }
  for (const boost::json::value& repository : answer.at("repositories").as_array()) {
    cover.repositories.emplace_back(repository.as_string());
  }
  return cover;
}

std::string Token::scope_text() const {
  const TokenCover covered = cover();
  std::string text = covered.repositories.empty() ? "*" : "";
  for (const std::string& repository : covered.repositories) {
    if (!text.empty()) text += ',';
    text += repository;
  }
  for (char separator = ' '; const auto& [name, level] : covered.permissions) {
    text.append(1, separator).append(name).append(":").append(level);
    separator = ',';
  }
  return text;
}

}  // namespace hubwarden::tokens
