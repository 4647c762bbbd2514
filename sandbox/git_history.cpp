#include "sandbox/git_history.h"

#include <utility>

#include "base/text.h"
#include "sandbox/git_diff.h"
#include "sandbox/git_objects.h"

namespace hubwarden::sandbox {

net::Task<Result<std::string>> History::output_of(RepositoryId id, std::vector<std::string> arguments,
                                                  std::string input) {
  const std::string directory = store_.path_of(id).string();
  arguments.insert(arguments.begin(), {"-C", directory});
  auto running = store_.git(std::move(arguments), std::move(input));
  auto output = co_await std::move(running);
  if (!output) co_return std::unexpected(output.error());
  if (output->status != 0) co_return fail(ErrorCode::kNotFound, "Not Found");
  co_return std::move(output->text);
}

net::Task<Result<std::string>> History::commit_of(RepositoryId id, std::string ref) {
  std::string missing = "No commit found for the ref " + printable(ref, 100);
  if (!is_branch_name(ref)) co_return fail(ErrorCode::kNotFound, std::move(missing));
  std::string wanted;
  for (const std::string_view prefix : {"refs/heads/", "refs/tags/", "refs/"}) {
    wanted += std::string(prefix) + ref + "^{commit}\n";
  }
  if (is_sha(ref)) wanted += ref + "^{commit}\n";
  std::vector<std::string> arguments = {"cat-file", "--batch-check"};
  auto asking = output_of(id, std::move(arguments), std::move(wanted));
  const auto output = co_await std::move(asking);
  if (!output) co_return std::unexpected(output.error());
  const CheckReader checks(*output);
  for (std::size_t line = 0; line < 4; ++line) {
    if (auto sha = checks.sha(line)) co_return std::move(*sha);
  }
  co_return fail(ErrorCode::kNotFound, std::move(missing));
}

net::Task<Result<std::vector<Branch>>> History::branches(RepositoryId id) {
  std::vector<std::string> arguments = {"for-each-ref", "--format=%(objectname) %(refname:strip=2)",
                                        "refs/heads"};
  auto asking = output_of(id, std::move(arguments), std::string());
  const auto output = co_await std::move(asking);
  if (!output) co_return std::unexpected(output.error());
  std::vector<Branch> branches;
  for (const std::string_view line : split(*output, '\n')) {
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos)
      branches.emplace_back(std::string(line.substr(space + 1)), std::string(line.substr(0, space)));
  }
  co_return branches;
}

net::Task<Result<Comparison>> History::compare(RepositoryId id, std::string base, std::string head) {
  std::vector<std::string> counting = {"rev-list", "--count", base + ".." + head};
  auto count = output_of(id, std::move(counting), std::string());
  const auto commits = co_await std::move(count);
  if (!commits) co_return std::unexpected(commits.error());
  const std::string range = base + "..." + head;
  std::vector<std::string> naming = {"diff", "--raw", "--numstat", "-z", "--no-abbrev", "-M", range};
  auto names = output_of(id, std::move(naming), std::string());
  const auto summary = co_await std::move(names);
  if (!summary) co_return std::unexpected(summary.error());
  std::vector<std::string> showing = {"diff", "-M", range};
  auto texts = output_of(id, std::move(showing), std::string());
  const auto patches = co_await std::move(texts);
  if (!patches) co_return std::unexpected(patches.error());
  Comparison comparison;
  comparison.commits = parse_number<std::uint64_t>(split(*commits, '\n').front()).value_or(0);
  comparison.files = parse_changes(*summary, *patches);
  co_return comparison;
}

}  // namespace hubwarden::sandbox
