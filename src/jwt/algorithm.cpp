#include "jwt/algorithm.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace hubwarden::jwt {
namespace {

using crypto::SignatureAlgorithm;
using Named = std::pair<std::string_view, SignatureAlgorithm>;

constexpr std::array<Named, 9> kNames = {{{"RS256", SignatureAlgorithm::kRs256},
                                          {"RS384", SignatureAlgorithm::kRs384},
                                          {"RS512", SignatureAlgorithm::kRs512},
                                          {"PS256", SignatureAlgorithm::kPs256},
                                          {"PS384", SignatureAlgorithm::kPs384},
                                          {"PS512", SignatureAlgorithm::kPs512},
                                          {"ES256", SignatureAlgorithm::kEs256},
                                          {"ES384", SignatureAlgorithm::kEs384},
                                          {"EdDSA", SignatureAlgorithm::kEdDsa}}};

}  // namespace

std::optional<SignatureAlgorithm> algorithm_named(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, &Named::first);
  if (found == kNames.end()) return std::nullopt;
  return found->second;
}

std::string_view to_string(SignatureAlgorithm algorithm) {
  const auto found = std::ranges::find(kNames, algorithm, &Named::second);
  HW_CHECK(found != kNames.end());
  return found->first;
}

}  // namespace hubwarden::jwt
