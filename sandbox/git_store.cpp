#include "sandbox/git_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <fstream>

#include "base/text.h"
#include "sandbox/git_objects.h"

namespace hubwarden::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr Duration kPlumbingPatience = std::chrono::seconds(30);
// GitHub serves files up to 100 MB; nothing in a test needs more than this.
constexpr std::size_t kMaxOutput = 32 * 1024 * 1024;

// Pushing is decided before git is asked; pushes carry options, fetches may be partial, as at GitHub.
constexpr std::string_view kConfiguration =
    "[http]\n\treceivepack = true\n"
    "[receive]\n\tadvertisePushOptions = true\n"
    "[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n"
    "[gc]\n\tauto = 0\n";

// A new branch is compared with the default one: what stands there already is no change.
constexpr std::string_view kUpdateHook = R"(#!/bin/sh
[ -z "$SANDBOX_MAY_CHANGE_WORKFLOWS" ] || exit 0
case "$3" in *[!0]*) ;; *) exit 0 ;; esac
case "$2" in
  *[!0]*) before=$2 ;;
  *) before=$(git rev-parse --quiet --verify HEAD) || before=$(git hash-object -t tree /dev/null) ;;
esac
changed=$(git diff-tree -r --name-only "$before" "$3" -- .github/workflows | head -n 1)
[ -n "$changed" ] || exit 0
echo "refusing to allow a GitHub App to create or update workflow \`$changed\` without \`workflows\` permission" >&2
exit 1
)";

std::unexpected<Error> git_failed(const Error& error) {
  return std::unexpected(error);
}

std::string fast_import_stream(const WriteContents& wanted, const std::string& parent, TimePoint at) {
  const auto seconds = std::chrono::system_clock::to_time_t(at);
  const std::string person = plain_name(wanted.author.name) + " <" + plain_name(wanted.author.email) + ">";
  std::string stream =
      fmt::format("feature done\ncommit refs/heads/{}\nmark :1\nauthor {} {} +0000\ncommitter {} {} +0000\n",
                  wanted.branch, person, seconds, person, seconds);
  stream += fmt::format("data {}\n{}\n", wanted.message.size(), wanted.message);
  if (!parent.empty()) stream += "from " + parent + "\n";
  stream += fmt::format("M 100644 inline {}\ndata {}\n", quoted_path(wanted.path), wanted.content.size());
  stream += wanted.content;
  // What it says with these is all of its output: the commit, then the blob.
  return stream + "\nget-mark :1\nls :1 " + quoted_path(wanted.path) + "\ndone\n";
}

}  // namespace

fs::path GitStore::path_of(RepositoryId id) const {
  return directory_ / (std::to_string(id.value()) + ".git");
}

// Nothing of the user's or the system's configuration, and nothing of ours.
std::vector<std::string> GitStore::environment() const {
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
  return {std::string("PATH=") + (path ? path : "/usr/local/bin:/usr/bin:/bin"),
          "HOME=" + directory_.string(),
          "GIT_CONFIG_NOSYSTEM=1",
          "GIT_CONFIG_GLOBAL=/dev/null",
          "GIT_TERMINAL_PROMPT=0",
          "LC_ALL=C"};
}

net::Task<Result<ProcessOutput>> GitStore::git(std::vector<std::string> arguments, std::string input) {
  arguments.insert(arguments.begin(), "git");
  ProcessCommand command(std::move(arguments), environment());
  const SteadyPoint deadline =
      clock_.steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(kPlumbingPatience);
  auto running = run(timers_, children_, std::move(command), std::move(input), deadline, kMaxOutput);
  auto output = co_await std::move(running);
  co_return output;
}

net::Task<Result<std::unique_ptr<Process>>> GitStore::serve(std::vector<std::string> more,
                                                            Duration patience) {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  std::vector<std::string> all = environment();
  all.insert(all.end(), more.begin(), more.end());
  const ProcessCommand command({"git", "http-backend"}, std::move(all));
  const SteadyPoint deadline =
      clock_.steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(patience);
  co_return Process::start(executor, timers_, children_, command, deadline);
}

net::Task<Result<>> GitStore::ensure(RepositoryId id, std::string branch) {
  const fs::path path = path_of(id);
  std::error_code error;
  if (fs::exists(path, error)) co_return Result<>();
  // Made aside and moved into place: two requests may be the first.
  const fs::path aside = directory_ / fmt::format("new-{}-{}", id.value(), next_temporary_++);
  const std::string first_branch = "--initial-branch=" + branch;
  std::vector<std::string> arguments = {"init", "--quiet", "--bare", first_branch, aside.string()};
  auto making = git(std::move(arguments), std::string());
  const auto made = co_await std::move(making);
  if (!made) co_return std::unexpected(made.error());
  if (made->status != 0) co_return fail(ErrorCode::kUnavailable, "git init failed");
  std::ofstream(aside / "config", std::ios::app) << kConfiguration;
  const fs::path hook = aside / "hooks" / "update";
  fs::create_directories(hook.parent_path(), error);
  std::ofstream(hook) << kUpdateHook;
  fs::permissions(hook, fs::perms::owner_all, error);
  fs::rename(aside, path, error);
  if (error) fs::remove_all(aside, error);
  co_return Result<>();
}

void GitStore::remove(RepositoryId id) const {
  std::error_code error;
  fs::remove_all(path_of(id), error);
}

net::Task<Result<Contents>> GitStore::read(ReadContents wanted) {
  const std::string directory = path_of(wanted.repository).string();
  if (has_control_characters(wanted.ref) || has_control_characters(wanted.path)) {
    co_return fail(ErrorCode::kNotFound, "Not Found");
  }
  std::vector<std::string> arguments = {"-C", directory, "cat-file", "--batch"};
  auto asking = git(std::move(arguments), wanted.ref + "^{commit}\n" + wanted.ref + ":" + wanted.path + "\n");
  const auto output = co_await std::move(asking);
  if (!output) co_return git_failed(output.error());
  ObjectReader objects(output->text);
  const auto commit = objects.next();
  const auto found = objects.next();
  if (!commit)
    co_return fail(ErrorCode::kNotFound, "No commit found for the ref " + printable(wanted.ref, 100));
  if (!found) co_return fail(ErrorCode::kNotFound, "Not Found");

  Contents contents;
  contents.sha = found->sha;
  contents.is_directory = found->type == "tree";
  if (!contents.is_directory) {
    contents.bytes = std::string(found->bytes);
    co_return contents;
  }
  std::vector<std::string> listing_arguments = {"-C", directory, "ls-tree", "-l", "-z", contents.sha};
  auto listing = git(std::move(listing_arguments), std::string());
  const auto list = co_await std::move(listing);
  if (!list) co_return git_failed(list.error());
  contents.entries = parse_tree_listing(list->text);
  co_return contents;
}

net::Task<Result<Written>> GitStore::write(WriteContents wanted, TimePoint at) {
  if (!is_branch_name(wanted.branch)) co_return fail(ErrorCode::kNotFound, "Branch not found");
  const std::string directory = path_of(wanted.repository).string();
  const std::string branch = "refs/heads/" + wanted.branch;
  std::vector<std::string> arguments = {"-C", directory, "cat-file", "--batch-check"};
  std::string questions = branch + "^{commit}\n" + branch + ":" + wanted.path + "\nHEAD\n";
  if (!wanted.start.empty()) questions += "refs/heads/" + wanted.start + "^{commit}\n";
  auto asking = git(std::move(arguments), std::move(questions));
  const auto known = co_await std::move(asking);
  if (!known) co_return git_failed(known.error());
  const CheckReader checks(known->text);
  const auto own = checks.sha(0);
  const auto parent = own ? own : checks.sha(3);
  const auto present = checks.sha(1);
  if (!parent && checks.sha(2))
    co_return fail(ErrorCode::kNotFound, "Branch " + wanted.branch + " not found");
  // Who starts a branch means what he writes.
  if (present && !wanted.replaces && wanted.start.empty()) {
    co_return fail(ErrorCode::kInvalidRequest, "Invalid request.\n\n\"sha\" wasn't supplied.");
  }
  if (wanted.replaces && present != wanted.replaces) {
    co_return fail(ErrorCode::kConflict, wanted.path + " does not match " + printable(*wanted.replaces, 64));
  }

  std::string stream = fast_import_stream(wanted, parent.value_or(""), at);
  std::vector<std::string> import_arguments = {"-C", directory, "fast-import", "--quiet", "--cat-blob-fd=1"};
  auto importing = git(std::move(import_arguments), std::move(stream));
  const auto imported = co_await std::move(importing);
  if (!imported) co_return git_failed(imported.error());
  // Somebody else moved the branch meanwhile, or the path runs through a file.
  if (imported->status != 0) co_return fail(ErrorCode::kConflict, branch + " could not be updated");
  auto written = parse_import(imported->text);
  if (!written) co_return fail(ErrorCode::kUnavailable, "git fast-import said something unexpected");
  written->created = !present;
  written->at = at;
  if (parent) written->parents.push_back(*parent);
  co_return std::move(*written);
}

}  // namespace hubwarden::sandbox
