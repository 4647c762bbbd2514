#include "sandbox/git_history.h"

#include <utility>

#include "base/text.h"
#include "sandbox/git_diff.h"
#include "sandbox/git_objects.h"

namespace hubwarden::sandbox {
namespace {

// What a first commit is compared with: git's tree without anything in it.
constexpr std::string_view kEmptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

}  // namespace

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
  std::vector<std::string> range = {base + "..." + head};
  auto comparing = changes(id, std::move(range));
  auto files = co_await std::move(comparing);
  if (!files) co_return std::unexpected(files.error());
  Comparison comparison;
  comparison.commits = parse_number<std::uint64_t>(split(*commits, '\n').front()).value_or(0);
  comparison.files = std::move(*files);
  co_return comparison;
}

net::Task<Result<std::vector<ChangedFile>>> History::changes(RepositoryId id, std::vector<std::string> what) {
  std::vector<std::string> naming = {"diff", "--raw", "--numstat", "-z", "--no-abbrev", "-M"};
  naming.insert(naming.end(), what.begin(), what.end());
  auto names = output_of(id, std::move(naming), std::string());
  const auto summary = co_await std::move(names);
  if (!summary) co_return std::unexpected(summary.error());
  std::vector<std::string> showing = {"diff", "-M"};
  showing.insert(showing.end(), what.begin(), what.end());
  auto texts = output_of(id, std::move(showing), std::string());
  const auto patches = co_await std::move(texts);
  if (!patches) co_return std::unexpected(patches.error());
  co_return parse_changes(*summary, *patches);
}

net::Task<Result<Commit>> History::commit(RepositoryId id, std::string ref) {
  auto finding = commit_of(id, std::move(ref));
  const Result<std::string> sha = co_await std::move(finding);
  if (!sha) co_return std::unexpected(sha.error());
  std::vector<std::string> showing = {"show", "-s", std::string(kCommitFormat), *sha};
  auto text = output_of(id, std::move(showing), std::string());
  const auto shown = co_await std::move(text);
  if (!shown) co_return std::unexpected(shown.error());
  auto commit = parse_commit(*shown);
  if (!commit) co_return fail(ErrorCode::kUnavailable, "git show said something unexpected");
  std::vector<std::string> what = {
      commit->parents.empty() ? std::string(kEmptyTree) : commit->parents.front(), *sha};
  auto comparing = changes(id, std::move(what));
  auto files = co_await std::move(comparing);
  if (!files) co_return std::unexpected(files.error());
  commit->files = std::move(*files);
  co_return std::move(*commit);
}

net::Task<Result<std::string>> History::archive(RepositoryId id, std::string sha, std::string format,
                                                std::string prefix) {
  std::vector<std::string> arguments = {"archive", "--format=" + format, "--prefix=" + prefix + "/", sha};
  auto packing = output_of(id, std::move(arguments), std::string());
  auto packed = co_await std::move(packing);
  co_return packed;
}

}  // namespace hubwarden::sandbox
