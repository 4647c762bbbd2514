#include "rules/repository_patterns.h"

#include <algorithm>

namespace hubwarden::rules {
namespace {

using policy::Glob;

// A name has one slash; an attribute may bring it, and ** matches it.
bool can_match_a_name(std::string_view text) {
  const auto slashes = std::ranges::count(text, '/');
  const bool is_open = text.find('{') != std::string_view::npos || text.find("**") != std::string_view::npos;
  const bool has_both_parts = !text.starts_with('/') && !text.ends_with('/');
  return has_both_parts && (slashes == 1 || (slashes == 0 && is_open));
}

}  // namespace

Result<RepositoryPatterns> RepositoryPatterns::parse(const std::vector<std::string>& texts) {
  RepositoryPatterns patterns;
  for (std::string_view text : texts) {
    const bool is_unwanted = text.starts_with('!');
    if (is_unwanted) text.remove_prefix(1);
    Result<Glob> glob = Glob::parse(text, Glob::Case::kIgnored);
    if (!glob) return std::unexpected(glob.error());
    if (!can_match_a_name(text)) {
      return fail(ErrorCode::kInvalidRequest, "\"" + glob->text() + "\" matches no owner/name");
    }
    (is_unwanted ? patterns.unwanted_ : patterns.wanted_).push_back(*std::move(glob));
  }
  return patterns;
}

bool RepositoryPatterns::match(const policy::Repository& repository,
                               const policy::Attributes& attributes) const {
  const auto matches = [&](const Glob& glob) { return glob.matches(repository.key(), attributes); };
  // What it would take away is not known: it takes all.
  const auto takes = [&](const Glob& glob) { return !glob.is_complete_for(attributes) || matches(glob); };
  return std::ranges::any_of(wanted_, matches) && std::ranges::none_of(unwanted_, takes);
}

}  // namespace hubwarden::rules
