#include <boost/json/array.hpp>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"
#include "sandbox/render.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

std::string encode_path(std::string_view path) {
  std::string encoded;
  for (const std::string_view segment : split(path, '/')) {
    if (!encoded.empty()) encoded += '/';
    encoded += percent_encode(segment);
  }
  return encoded;
}

json::object render_signature(const Signature& signature) {
  return {{"name", signature.name}, {"email", signature.email}, {"date", rfc3339(signature.at)}};
}

json::object unsigned_verification() {
  return {{"verified", false},
          {"reason", "unsigned"},
          {"signature", nullptr},
          {"payload", nullptr},
          {"verified_at", nullptr}};
}

}  // namespace

json::object Render::changed_file(const Repository& repository, std::string_view sha,
                                  const ChangedFile& file) const {
  const std::string page = repository_page(repository);
  const std::string at = std::string(sha);
  const std::string path = encode_path(file.name);
  json::object shown{{"sha", file.blob},
                     {"filename", file.name},
                     {"status", file.status},
                     {"additions", file.additions},
                     {"deletions", file.deletions},
                     {"changes", file.additions + file.deletions},
                     {"blob_url", page + "/blob/" + at + "/" + path},
                     {"raw_url", page + "/raw/" + at + "/" + path},
                     {"contents_url", repository_url(repository) + "/contents/" + path + "?ref=" + at}};
  if (!file.patch.empty()) shown["patch"] = file.patch;
  if (!file.previous_name.empty()) shown["previous_filename"] = file.previous_name;
  return shown;
}

json::object Render::commit(const Repository& repository, const Commit& commit) const {
  const std::string api = repository_url(repository);
  const std::string page = repository_page(repository) + "/commit/";
  json::array parents;
  for (const std::string& parent : commit.parents) {
    parents.push_back(
        json::object{{"sha", parent}, {"url", api + "/commits/" + parent}, {"html_url", page + parent}});
  }
  json::array files;
  std::uint64_t additions = 0;
  std::uint64_t deletions = 0;
  for (const ChangedFile& file : commit.files) {
    files.push_back(changed_file(repository, commit.sha, file));
    additions += file.additions;
    deletions += file.deletions;
  }
  const std::string url = api + "/commits/" + commit.sha;
  json::object described{
      {"author", render_signature(commit.author)},
      {"committer", render_signature(commit.committer)},
      {"message", commit.message},
      {"tree", json::object{{"sha", commit.tree}, {"url", api + "/git/trees/" + commit.tree}}},
      {"url", api + "/git/commits/" + commit.sha},
      {"comment_count", 0},
      {"verification", unsigned_verification()}};
  return {
      {"sha", commit.sha},
      {"node_id", base64(as_bytes("06:Commit" + commit.sha))},
      {"commit", std::move(described)},
      {"url", url},
      {"html_url", page + commit.sha},
      {"comments_url", url + "/comments"},
      {"author", nullptr},
      {"committer", nullptr},
      {"parents", std::move(parents)},
      {"stats",
       json::object{{"additions", additions}, {"deletions", deletions}, {"total", additions + deletions}}},
      {"files", std::move(files)}};
}

}  // namespace hubwarden::sandbox
