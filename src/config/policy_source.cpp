#include "config/policy_source.h"

#include <memory>
#include <utility>

#include "config/policy_files.h"

namespace hubwarden::config {
namespace {

using KeysPtr = std::shared_ptr<const jwt::KeySet>;

std::expected<KeysPtr, std::string> read_keys(const std::string& path, const FileReader& files) {
  const std::expected<File, FileError> file = files.read(path, jwt::KeySet::kMaxBytes);
  if (!file) return std::unexpected(std::string(why(file.error())));
  Result<jwt::KeySet> keys = jwt::KeySet::parse(file->content);
  if (!keys) return std::unexpected("is not usable: " + keys.error().message());
  return std::make_shared<const jwt::KeySet>(*std::move(keys));
}

}  // namespace

std::expected<PolicySource, std::vector<Problem>> read_policy(const PolicySource& named, const Origin& origin,
                                                              const FileReader& files) {
  std::expected<Policy, std::vector<Problem>> policy = load_policy(named.path, files);
  if (!policy) return std::unexpected(std::move(policy.error()));
  PolicySource source = named;
  if (!named.trial_path.empty()) {
    std::expected<Policy, std::vector<Problem>> trial = load_policy(named.trial_path, files);
    if (!trial) return std::unexpected(std::move(trial.error()));
    source.trial = std::make_shared<const Policy>(*std::move(trial));
  }
  std::vector<Problem> problems;
  for (const Issuer& issuer : policy->issuers) {
    if (issuer.jwks_file.empty()) continue;
    std::expected<KeysPtr, std::string> keys = read_keys(issuer.jwks_file, files);
    if (keys) {
      source.keys.emplace(issuer.name, *std::move(keys));
    } else {
      problems.emplace_back(
          origin, "the keys of issuer '" + issuer.name + "': " + issuer.jwks_file + " " + keys.error());
    }
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  source.policy = std::make_shared<const Policy>(*std::move(policy));
  return source;
}

}  // namespace hubwarden::config
