#include "fleet/token_value.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>

#include "base/token_text.h"
#include "crypto/fingerprint.h"
#include "fleet/json_members.h"

namespace hubwarden::fleet {
namespace {

constexpr std::string_view kOpening = R"({"token":")";

std::optional<tokens::TokenCover> cover_of(const boost::json::object& value) {
  const boost::json::value* const permissions = value.if_contains("permissions");
  const boost::json::array* const repositories = array_at(value, "repositories");
  if (permissions == nullptr || !permissions->is_object() || repositories == nullptr) return std::nullopt;
  tokens::TokenCover cover;
  for (const auto& [name, level] : permissions->get_object()) {
    if (!level.is_string()) return std::nullopt;
    cover.permissions.emplace_back(name, level.get_string());
  }
  for (const boost::json::value& repository : *repositories) {
    if (!repository.is_string()) return std::nullopt;
    cover.repositories.emplace_back(repository.get_string());
  }
  return cover;
}

tokens::TokenPtr token_in(const boost::json::object& value) {
  const std::optional<std::string_view> token = text_at(value, "token");
  const auto minted_at = time_at(value, "minted_at");
  const auto expires_at = time_at(value, "expires_at");
  const std::optional<tokens::TokenCover> cover = cover_of(value);
  if (!token || !minted_at || !expires_at || !cover) return nullptr;
  if (token->empty() || token->size() > kMaxToken || !is_token_text(*token)) return nullptr;
  if (*expires_at <= *minted_at) return nullptr;
  const Secret secret(*token);
  tokens::TokenFacts facts;
  facts.minted_at = *minted_at;
  facts.expires_at = *expires_at;
  return std::make_shared<const tokens::Token>(secret, crypto::fingerprint(secret).text(), facts, *cover);
}

std::optional<tokens::MintedRepository> asked_in(const boost::json::value& value) {
  if (!value.is_object()) return std::nullopt;
  const boost::json::object& object = value.get_object();
  auto asked = repository_at(object, "for");
  auto name = repository_at(object, "name");
  const auto id = id_at<RepositoryId>(object, "id");
  if (!asked || !name || !id) return std::nullopt;
  return tokens::MintedRepository(std::move(*asked), tokens::RepositoryRef(std::move(*name), *id));
}

// Nothing if it is no such thing; a text with '|' is in nobody's scope.
std::optional<tokens::MintedBy> by_in(const boost::json::value& value) {
  if (!value.is_object()) return std::nullopt;
  const boost::json::object& object = value.get_object();
  const std::optional<std::string_view> host = text_at(object, "host");
  const std::optional<std::string_view> app = text_at(object, "app");
  const auto installation = id_at<InstallationId>(object, "installation");
  if (!host || !app || !installation || host->empty() || app->empty()) return std::nullopt;
  if (host->contains('|') || app->contains('|')) return std::nullopt;
  return tokens::MintedBy(tokens::AppRef(std::string(*host), std::string(*app)), *installation);
}

boost::json::object by_of(const tokens::MintedBy& by) {
  boost::json::object object;
  object["host"] = by.app.host();
  object["app"] = by.app.app();
  object["installation"] = by.installation.value();
  return object;
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
  if (minted.by) rest["by"] = by_of(*minted.by);
  const std::string tail = boost::json::serialize(rest);
  // A token stands in JSON as it is; written once, into memory that is wiped.
  std::string value;
  value.reserve(kOpening.size() + token.reveal().size() + tail.size() + 1);
  value.append(kOpening).append(token.reveal()).append("\",").append(tail, 1);
  return Secret::absorb(value);
}

std::optional<tokens::Minted> read_token_value(std::string_view value) {
  const std::optional<boost::json::object> object = object_in(value, kMaxTokenValue);
  if (!object) return std::nullopt;
  tokens::Minted minted(token_in(*object), {});
  const boost::json::array* const asked = array_at(*object, "asked");
  if (!minted.token || asked == nullptr) return std::nullopt;
  for (const boost::json::value& each : *asked) {
    auto repository = asked_in(each);
    if (!repository) return std::nullopt;
    minted.repositories.push_back(std::move(*repository));
  }
  const boost::json::value* const by = object->if_contains("by");
  if (by == nullptr) return minted;
  minted.by = by_in(*by);
  if (!minted.by) return std::nullopt;
  return minted;
}

}  // namespace hubwarden::fleet
