#include "tokens/scope.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace hubwarden::tokens {
namespace {

// One repository and a few permissions.
constexpr std::size_t kUsualKey = 120;

}  // namespace

void RepositoryMark::append_to(std::string& key) const {
  if (!id_) {
    key.append("@").append(name_);
    return;
  }
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), id_->value()).ptr;
  key.append("#").append(digits.data(), end);
}

Result<RepositorySelection> RepositorySelection::of(std::vector<RepositoryRef> repositories) {
  if (repositories.empty()) {
    return fail(ErrorCode::kInvalidRequest, "a token needs at least one repository");
  }
  std::ranges::sort(repositories, {}, &RepositoryRef::mark);
  const auto rest = std::ranges::unique(repositories, {}, &RepositoryRef::mark);
  repositories.erase(rest.begin(), rest.end());
  if (repositories.size() > kMax) {
    return fail(ErrorCode::kInvalidRequest,
                "a token covers at most 500 repositories; ask for fewer with repo=");
  }
  const policy::Repository& first = repositories.front().name();
  const bool one_owner = std::ranges::all_of(repositories, [&first](const RepositoryRef& repository) {
    return repository.name().shares_owner_with(first);
  });
  if (!one_owner) {
    return fail(ErrorCode::kInvalidRequest,
                "a token covers repositories of one owner; choose some with repo=");
  }
  return RepositorySelection(std::move(repositories));
}

bool RepositorySelection::has_all_ids() const {
  return std::ranges::all_of(chosen_,
                             [](const RepositoryRef& repository) { return repository.id().has_value(); });
}

Scope::Scope(AppRef app, InstallationId installation, RepositorySelection repositories,
             PermissionSelection permissions, std::optional<Duration> life)
    : app_(std::move(app)),
      installation_(installation),
      repositories_(std::move(repositories)),
      permissions_(std::move(permissions)),
      life_(life) {
}

Scope Scope::with(RepositorySelection repositories) const {
  return {app_, installation_, std::move(repositories), permissions_, life_};
}

std::string Scope::key() const {
  std::vector<RepositoryMark> marks;
  marks.reserve(repositories_.chosen().size());
  for (const RepositoryRef& repository : repositories_.chosen()) marks.push_back(repository.mark());
  return key_of(marks);
}

std::string Scope::key_by_names() const {
  std::vector<RepositoryMark> marks;
  marks.reserve(repositories_.chosen().size());
  for (const RepositoryRef& repository : repositories_.chosen()) {
    marks.emplace_back(repository.name(), std::nullopt);
  }
  return key_of(marks);
}

std::string Scope::key_of(std::span<RepositoryMark> repositories) const {
  return scope_key(app_, installation_, repositories, permissions_.set() ? &*permissions_.set() : nullptr,
                   life_);
}

std::string scope_key(const AppRef& app, InstallationId installation, std::span<RepositoryMark> repositories,
                      const policy::PermissionSet* permissions, std::optional<Duration> life) {
  std::ranges::sort(repositories);
  const auto repeated = std::ranges::unique(repositories);
  // No part can hold '|', and a repository's name cannot hold ',', '#' or '@': different scopes, different
  // texts.
  std::string key;
  key.reserve(kUsualKey);
  key.append(app.host()).append("|").append(app.app()).append("|");
  key.append(std::to_string(installation.value())).append("|");
  if (repositories.empty()) key += '*';
  for (auto mark = repositories.begin(); mark != repeated.begin(); ++mark) {
    mark->append_to(key);
    key += ',';
  }
  key += '|';
  if (permissions == nullptr) {
    key += '*';
  } else {
    permissions->append_text(key);
  }
  if (life) key.append("|").append(std::to_string(life->count()));
  return key;
}

}  // namespace hubwarden::tokens
