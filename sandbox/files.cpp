#include "sandbox/files.h"

#include <array>
#include <utility>

#include "base/time_text.h"
#include "sandbox/git_history.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::string_view kRoute = "GET files";

// The end of an archive without anything in it.
constexpr std::array<char, 22> kEmptyZip = {'P', 'K', 5, 6};

http::Response text(int status, std::string_view body) {
  return {status, "text/plain; charset=utf-8", std::string(body)};
}

// As blob storage says it.
http::Response refuse_blob(int status, std::string_view code) {
  return {status, "application/xml",
          "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>" + std::string(code) + "</Code></Error>"};
}

std::string_view media_type(const FileLink& link) {
  return link.format == "zip" ? "application/zip" : "application/x-gzip";
}

}  // namespace

http::Reply Files::handle(http::Request& request) {
  State& state = github_.state();
  const Call call(request);
  const TimePoint now = github_.clock().now();
  const bool has_credentials = call.header("Authorization").has_value();
  state.arrivals.add("files", call, now);
  ++state.records.totals.file_requests;
  if (has_credentials) ++state.records.totals.file_requests_with_credentials;
  const auto token = call.parameter("token");
  const auto signature = call.parameter("sig");
  const FileLink* link = state.file_links.find(call.path, token ? *token : signature.value_or(""), now);
  if (call.method != http::Method::kGet || (!link && !signature)) return finish(text(404, "404: Not Found"));
  if (!link) return finish(refuse_blob(403, "AuthenticationFailed"));
  if (link->kind == FileLink::Kind::kArchive) return pack(*link);
  // Blob storage takes one kind of authentication at a time.
  if (has_credentials) return finish(refuse_blob(400, "InvalidAuthenticationInfo"));
  if (link->kind == FileLink::Kind::kText) return finish(text(200, "Nothing to see here.\n"));
  return finish(http::Response(200, "application/zip", std::string(kEmptyZip.data(), kEmptyZip.size())));
}

net::Task<http::Response> Files::pack(FileLink link) {
  History history(github_.store());
  auto packing = history.archive(link.repository, link.sha, link.format, link.prefix);
  Result<std::string> packed = co_await std::move(packing);
  if (!packed) co_return finish(text(404, "404: Not Found"));
  http::Response answer(200, std::string(media_type(link)), std::move(*packed));
  answer.fields().set("Content-Disposition", "attachment; filename=" + link.prefix + "." + link.format);
  co_return finish(std::move(answer));
}

http::Response Files::finish(http::Response answer) {
  State& state = github_.state();
  answer.fields().set("Date", http_date(state.shown(github_.clock().now())));
  state.records.counted(kRoute, answer.status());
  return answer;
}

}  // namespace hubwarden::sandbox
