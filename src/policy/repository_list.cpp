#include "policy/repository_list.h"

#include <algorithm>
#include <utility>

namespace hubwarden::policy {

Result<RepositoryList> RepositoryList::make(std::vector<Repository> repositories) {
  if (repositories.empty()) {
    return fail(ErrorCode::kInvalidRequest, "a list of repositories must name at least one");
  }
  if (repositories.size() > kMaxSize) {
    return fail(ErrorCode::kInvalidRequest,
                "a list of repositories may name at most " + std::to_string(kMaxSize));
  }
  std::ranges::sort(repositories);
  const auto twice = std::ranges::adjacent_find(repositories);
  if (twice != repositories.end()) {
    return fail(ErrorCode::kInvalidRequest, "repository named twice: \"" + twice->shown() + "\"");
  }
  return RepositoryList(std::move(repositories));
}

Result<RepositoryList> RepositoryList::parse(std::span<const std::string_view> texts) {
  std::vector<Repository> repositories;
  repositories.reserve(texts.size());
  for (const std::string_view text : texts) {
    const Result<Repository> repository = Repository::parse(text);
    if (!repository) return std::unexpected(repository.error());
    repositories.push_back(*repository);
  }
  return make(std::move(repositories));
}

bool RepositoryList::contains(const Repository& repository) const {
  return std::ranges::binary_search(items_, repository);
}

}  // namespace hubwarden::policy
