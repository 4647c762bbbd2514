#include "sandbox/rest_redirects.h"

#include <boost/json/object.hpp>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"
#include "sandbox/git_history.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

constexpr std::size_t kShortSha = 7;
constexpr std::uint64_t kAssetSize = 22;

http::Response redirect(const Context& context, FileLink link) {
  http::Response answer(302);
  State& state = context.state;
  answer.fields().set("Location", state.file_links.sign(state.urls.files, std::move(link),
                                                        context.exchange.now, context.random));
  return answer;
}

// A place in blob storage for what the request names.
FileLink blob(const Context& context, FileLink::Kind kind) {
  FileLink link;
  link.kind = kind;
  link.path = "/blobs/" + std::to_string(context.repository().id.value());
  for (const auto& [name, value] : context.exchange.parameters) {
    if (name.ends_with("_id") || name.ends_with("_number")) link.path += "/" + value;
  }
  return link;
}

net::Task<http::Response> redirect_to_packed(GitStore& store, Context context) {
  History history(store);
  const std::string& given = context.exchange.parameter("ref");
  const std::string ref = given.empty() ? context.repository().default_branch : given;
  // As git calls them, with "refs/" before: "refs/heads/main".
  const std::string name = ref.starts_with("refs/") ? ref.substr(5) : ref;
  auto asking = history.commit_of(*context.exchange.repository, name);
  const Result<std::string> sha = co_await std::move(asking);
  const Repository* repository = context.state.world.repository(*context.exchange.repository);
  if (!repository || !sha) co_return context.exchange.not_found();
  const bool zip = context.exchange.route->operation == "repos/download-zipball-archive";
  const std::string owner = context.state.world.account(repository->owner)->login;
  FileLink link;
  link.kind = FileLink::Kind::kArchive;
  link.repository = repository->id;
  link.sha = *sha;
  link.format = zip ? "zip" : "tar.gz";
  link.prefix = owner + "-" + repository->name + "-" + sha->substr(0, kShortSha);
  link.path = "/" + owner + "/" + repository->name + "/legacy." + link.format + "/" + *sha;
  co_return redirect(context, std::move(link));
}

json::object render_asset(const Context& context) {
  const Repository& repository = context.repository();
  const std::string& id = context.exchange.parameter("asset_id");
  const std::string name = "asset-" + id + ".zip";
  const std::string url = context.render().repository_url(repository) + "/releases/assets/" + id;
  const Account& owner = *context.state.world.account(repository.owner);
  return {{"url", url},
          {"id", parse_number<std::uint64_t>(id).value_or(0)},
          {"node_id", node_id("ReleaseAsset", parse_number<std::uint64_t>(id).value_or(0))},
          {"name", name},
          {"label", nullptr},
          {"state", "uploaded"},
          {"content_type", "application/zip"},
          {"size", kAssetSize},
          {"digest", nullptr},
          {"download_count", 0},
          {"created_at", rfc3339(repository.created_at)},
          {"updated_at", rfc3339(repository.created_at)},
          {"browser_download_url",
           context.render().repository_page(repository) + "/releases/download/v1/" + name},
          {"uploader", context.render().account(owner)}};
}

}  // namespace

Step redirect_to_archive(Context) {
  return GitStep{redirect_to_packed};
}

Step redirect_to_logs(Context context) {
  // One job's are a text, a run's a packed folder of them.
  const bool one_job = context.exchange.parameters.contains("job_id");
  return redirect(context, blob(context, one_job ? FileLink::Kind::kText : FileLink::Kind::kZip));
}

Step redirect_to_artifact(Context context) {
  if (context.exchange.parameter("archive_format") != "zip") return context.exchange.not_found();
  return redirect(context, blob(context, FileLink::Kind::kZip));
}

Step get_release_asset(Context context) {
  const auto accept = context.exchange.call.header("Accept");
  if (accept && accept->find("application/octet-stream") != std::string_view::npos) {
    return redirect(context, blob(context, FileLink::Kind::kZip));
  }
  return json_answer(200, render_asset(context));
}

}  // namespace hubwarden::sandbox
