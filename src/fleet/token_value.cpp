#include "fleet/token_value.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>

#include "base/token_text.h"
#include "crypto/fingerprint.h"
#include "wire/json_memory.h"

namespace hubwarden::fleet {
namespace {

constexpr std::string_view kOpening = R"({"token":")";

std::int64_t nanoseconds(TimePoint time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

std::optional<TimePoint> time_at(const boost::json::object& value, std::string_view key) {
  const boost::json::value* const found = value.if_contains(key);
  const std::int64_t* const count = found != nullptr ? found->if_int64() : nullptr;
  if (count == nullptr || *count < 0) return std::nullopt;
  return TimePoint(std::chrono::nanoseconds(*count));
}

std::optional<tokens::TokenCover> cover_of(const boost::json::object& value) {
  const boost::json::value* const permissions = value.if_contains("permissions");
  const boost::json::value* const repositories = value.if_contains("repositories");
  if (permissions == nullptr || !permissions->is_object()) return std::nullopt;
  if (repositories == nullptr || !repositories->is_array()) return std::nullopt;
  tokens::TokenCover cover;
  for (const auto& [name, level] : permissions->get_object()) {
    if (!level.is_string()) return std::nullopt;
    cover.permissions.emplace_back(name, level.get_string());
  }
  for (const boost::json::value& repository : repositories->get_array()) {
    if (!repository.is_string()) return std::nullopt;
    cover.repositories.emplace_back(repository.get_string());
  }
  return cover;
}

tokens::TokenPtr token_in(const boost::json::object& value) {
  const boost::json::value* const text = value.if_contains("token");
  const auto minted_at = time_at(value, "minted_at");
  const auto expires_at = time_at(value, "expires_at");
  const std::optional<tokens::TokenCover> cover = cover_of(value);
  if (text == nullptr || !text->is_string() || !minted_at || !expires_at || !cover) return nullptr;
  const std::string_view token(text->get_string());
  if (token.empty() || token.size() > kMaxToken || !is_token_text(token)) return nullptr;
  if (*expires_at <= *minted_at) return nullptr;
  const Secret secret(token);
  tokens::TokenFacts facts;
  facts.minted_at = *minted_at;
  facts.expires_at = *expires_at;
  return std::make_shared<const tokens::Token>(secret, crypto::fingerprint(secret).text(), facts, *cover);
}

std::optional<policy::Repository> repository_at(const boost::json::object& value, std::string_view key) {
  const boost::json::value* const text = value.if_contains(key);
  if (text == nullptr || !text->is_string()) return std::nullopt;
  auto repository = policy::Repository::parse(std::string_view(text->get_string()));
  if (!repository) return std::nullopt;
  return std::move(*repository);
}

std::optional<tokens::MintedRepository> asked_in(const boost::json::value& value) {
  if (!value.is_object()) return std::nullopt;
  const boost::json::object& object = value.get_object();
  auto asked = repository_at(object, "for");
  auto name = repository_at(object, "name");
  const boost::json::value* const id = object.if_contains("id");
  const std::int64_t* const number = id != nullptr ? id->if_int64() : nullptr;
  if (!asked || !name || number == nullptr || *number <= 0) return std::nullopt;
  const RepositoryId known(static_cast<std::uint64_t>(*number));
  return tokens::MintedRepository(std::move(*asked), tokens::RepositoryRef(std::move(*name), known));
}

boost::json::array asked_of(const tokens::Minted& minted) {
  boost::json::array asked;
  for (const tokens::MintedRepository& each : minted.repositories) {
    boost::json::object entry;
    entry["for"] = each.asked.shown();
    entry["name"] = each.answered.name().shown();
    entry["id"] = each.answered.id()->value();
    asked.push_back(std::move(entry));
  }
  return asked;
}

}  // namespace

Secret token_value(const tokens::Minted& minted) {
  const tokens::Token& token = *minted.token;
  const tokens::TokenCover cover = token.cover();
  boost::json::object rest;
  rest["minted_at"] = nanoseconds(token.facts().minted_at);
  rest["expires_at"] = nanoseconds(token.expires_at());
  boost::json::object permissions;
  for (const auto& [name, level] : cover.permissions) permissions[name] = level;
  rest["permissions"] = std::move(permissions);
  rest["repositories"] = boost::json::array(cover.repositories.begin(), cover.repositories.end());
  rest["asked"] = asked_of(minted);
  const std::string tail = boost::json::serialize(rest);
  // A token stands in JSON as it is; written once, into memory that is wiped.
  std::string value;
  value.reserve(kOpening.size() + token.reveal().size() + tail.size() + 1);
  value.append(kOpening).append(token.reveal()).append("\",").append(tail, 1);
  return Secret::absorb(value);
}

std::optional<tokens::Minted> read_token_value(std::string_view value) {
  if (value.size() > kMaxTokenValue) return std::nullopt;
  boost::system::error_code failure;
  boost::json::parse_options options;
  options.max_depth = 4;
  const boost::json::value document = boost::json::parse(value, failure, wire::wiping_json_memory(), options);
  if (failure || !document.is_object()) return std::nullopt;
  const boost::json::object& object = document.get_object();
  tokens::Minted minted(token_in(object), {});
  const boost::json::value* const asked = object.if_contains("asked");
  if (!minted.token || asked == nullptr || !asked->is_array()) return std::nullopt;
  for (const boost::json::value& each : asked->get_array()) {
    auto repository = asked_in(each);
    if (!repository) return std::nullopt;
    minted.repositories.push_back(std::move(*repository));
  }
  return minted;
}

}  // namespace hubwarden::fleet
