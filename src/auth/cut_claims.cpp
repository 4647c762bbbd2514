#include "auth/cut_claims.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "jwt/verified_jwt.h"
#include "store/hex_id.h"
#include "wire/strict_json.h"

namespace hubwarden::auth {
namespace {

namespace bj = boost::json;

bj::object claim_of(const Cut& cut) {
  bj::array repositories;
  for (const policy::Repository& repository : cut.repositories) repositories.emplace_back(repository.shown());
  bj::array operations;
  for (const std::string& entry : cut.operations) operations.emplace_back(entry);
  bj::object claim;
  claim["id"] = to_text(cut.id);
  claim["until"] = std::chrono::floor<std::chrono::seconds>(cut.ends_at).time_since_epoch().count();
  claim["repositories"] = std::move(repositories);
  claim["operations"] = std::move(operations);
  if (cut.token) claim["token"] = cut.token->text();
  if (cut.budget) {
    claim["budget"] = bj::array{cut.budget->concurrent(), cut.budget->requests(), cut.budget->bytes()};
  }
  return claim;
}

std::optional<std::vector<std::string>> texts_at(const bj::object& claim, std::string_view name) {
  const bj::value* const found = claim.if_contains(name);
  const bj::array* const list = found != nullptr ? found->if_array() : nullptr;
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const bj::value& each : *list) {
    if (!each.is_string()) return std::nullopt;
    texts.emplace_back(each.get_string());
  }
  return texts;
}

bool read_budget(const bj::object& claim, Cut& cut) {
  const bj::value* const found = claim.if_contains("budget");
  if (found == nullptr) return true;
  const bj::array* const list = found->if_array();
  if (list == nullptr || list->size() != 3) return false;
  std::uint64_t limits[3] = {};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t* const count = list->at(i).if_int64();
    if (count == nullptr || *count < 1) return false;
    limits[i] = static_cast<std::uint64_t>(*count);
  }
  const Result<policy::BudgetLimits> budget = policy::BudgetLimits::make(limits[0], limits[1], limits[2]);
  if (budget) cut.budget = *budget;
  return budget.has_value();
}

bool read_token(const bj::object& claim, Cut& cut) {
  if (!claim.contains("token")) return true;
  const auto text = wire::text_at(claim, "token");
  const auto permissions = text ? policy::PermissionSet::parse(*text)
                                : Result<policy::PermissionSet>(fail(ErrorCode::kInvalidRequest, ""));
  if (permissions) cut.token = *permissions;
  return permissions.has_value();
}

std::optional<Cut> read_claim(const bj::object& claim) {
  const auto id_text = wire::text_at(claim, "id");
  const auto id = id_text ? store::parse_hex_id(*id_text) : std::nullopt;
  const bj::value* const until = claim.if_contains("until");
  const std::int64_t* const seconds = until != nullptr ? until->if_int64() : nullptr;
  const auto names = texts_at(claim, "repositories");
  auto operations = texts_at(claim, "operations");
  const bool is_whole = id && seconds != nullptr && *seconds >= 0 &&
                        *seconds <= jwt::VerifiedJwt::kLastSecond && names && !names->empty() && operations;
  if (!is_whole) return std::nullopt;
  Cut cut{CutId(*id)};
  cut.ends_at = TimePoint(std::chrono::seconds(*seconds));
  for (const std::string& name : *names) {
    const Result<policy::Repository> repository = policy::Repository::parse(name);
    if (!repository) return std::nullopt;
    cut.repositories.push_back(*repository);
  }
  cut.operations = *std::move(operations);
  if (!read_token(claim, cut) || !read_budget(claim, cut)) return std::nullopt;
  return cut;
}

}  // namespace

bj::array cut_claims(const std::vector<Cut>& cuts) {
  bj::array claims;
  for (const Cut& cut : cuts) claims.push_back(claim_of(cut));
  return claims;
}

std::optional<std::vector<Cut>> read_cut_claims(const bj::object& claims) {
  std::vector<Cut> cuts;
  const bj::value* const found = claims.if_contains("cuts");
  if (found == nullptr) return cuts;
  const bj::array* const list = found->if_array();
  if (list == nullptr) return std::nullopt;
  for (const bj::value& each : *list) {
    const bj::object* const claim = each.if_object();
    std::optional<Cut> cut = claim != nullptr ? read_claim(*claim) : std::nullopt;
    if (!cut) return std::nullopt;
    cuts.push_back(*std::move(cut));
  }
  return cuts;
}

}  // namespace hubwarden::auth
