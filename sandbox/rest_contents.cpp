#include "sandbox/rest_contents.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/text.h"
#include "base/time_text.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxInline = 1024 * 1024;  // GitHub sends larger files only as raw
constexpr std::size_t kBase64Line = 60;

std::string file_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

std::string encode_path(std::string_view path) {
  std::string encoded;
  for (const std::string_view segment : split(path, '/')) {
    if (!encoded.empty()) encoded += '/';
    encoded += percent_encode(segment);
  }
  return encoded;
}

// In lines, each with its end, as GitHub has it.
std::string lines_of_base64(std::string_view bytes) {
  const std::string whole = base64(as_bytes(bytes));
  std::string lines;
  for (std::size_t at = 0; at < whole.size(); at += kBase64Line)
    lines += whole.substr(at, kBase64Line) + "\n";
  return lines;
}

struct Place {
  std::string path;
  std::string ref;
  std::string type;
  std::string sha;
  std::uint64_t size;
};

json::object render_place(const Context& context, const Place& place) {
  const Repository& repository = context.repository();
  const Render render = context.render();
  const std::string api = render.repository_url(repository);
  const std::string page = render.repository_page(repository);
  const std::string path = encode_path(place.path);
  const bool is_directory = place.type == "dir";
  const std::string url = api + "/contents/" + path + "?ref=" + percent_encode(place.ref);
  const std::string git_url = api + (is_directory ? "/git/trees/" : "/git/blobs/") + place.sha;
  const std::string html_url = page + (is_directory ? "/tree/" : "/blob/") + place.ref + "/" + path;
  json::value download = nullptr;
  if (!is_directory) download = page + "/raw/" + place.ref + "/" + path;
  return {{"name", file_name(place.path)},
          {"path", place.path},
          {"sha", place.sha},
          {"size", place.size},
          {"url", url},
          {"html_url", html_url},
          {"git_url", git_url},
          {"download_url", std::move(download)},
          {"type", place.type},
          {"_links", json::object{{"self", url}, {"git", git_url}, {"html", html_url}}}};
}

http::Response render_directory(const Context& context, const ReadContents& wanted,
                                const Contents& contents) {
  json::array entries;
  for (const TreeEntry& entry : contents.entries) {
    const std::string path = wanted.path.empty() ? entry.name : wanted.path + "/" + entry.name;
    // A listing calls a submodule a file, up to version 2026-03-10.
    const bool old = context.exchange.version < "2026-03-10";
    const std::string type = old && entry.type == "submodule" ? "file" : entry.type;
    entries.push_back(render_place(context, Place{path, wanted.ref, type, entry.sha, entry.size}));
  }
  return json_answer(200, entries);
}

bool wants_raw(const Exchange& exchange) {
  const auto accept = exchange.call.header("Accept");
  return accept && accept->find(".raw") != std::string_view::npos;
}

json::object render_person(const Person& person, TimePoint at) {
  return {{"name", person.name}, {"email", person.email}, {"date", rfc3339(at)}};
}

json::object render_commit(const Context& context, const WriteContents& wanted, const Written& written) {
  const Render render = context.render();
  const std::string api = render.repository_url(context.repository()) + "/git/commits/";
  const std::string page = render.repository_page(context.repository()) + "/commit/";
  json::array parents;
  for (const std::string& parent : written.parents) {
    parents.push_back(json::object{{"sha", parent}, {"url", api + parent}, {"html_url", page + parent}});
  }
  const json::object unsigned_commit{{"verified", false},
                                     {"reason", "unsigned"},
                                     {"signature", nullptr},
                                     {"payload", nullptr},
                                     {"verified_at", nullptr}};
  return {{"sha", written.commit},
          {"node_id", base64(as_bytes("06:Commit" + written.commit))},
          {"url", api + written.commit},
          {"html_url", page + written.commit},
          {"author", render_person(wanted.author, written.at)},
          {"committer", render_person(wanted.author, written.at)},
          {"message", wanted.message},
          {"parents", std::move(parents)},
          {"verification", unsigned_commit}};
}

http::Response refuse_error(const Exchange& exchange, const Error& error) {
  switch (error.code()) {
    case ErrorCode::kNotFound: return exchange.refuse(404, error.message());
    case ErrorCode::kConflict: return exchange.refuse(409, error.message());
    case ErrorCode::kInvalidRequest: return exchange.refuse(422, error.message());
    case ErrorCode::kTooLarge: return exchange.refuse(403, "This API returns blobs up to 100 MB in size.");
    default: return exchange.refuse(502, "Server Error");
  }
}

}  // namespace

http::Response render_contents(Context context, const ReadContents& wanted,
                               const Result<Contents>& contents) {
  if (!contents) return refuse_error(context.exchange, contents.error());
  if (contents->is_directory) return render_directory(context, wanted, *contents);
  if (wants_raw(context.exchange)) {
    return http::Response(200, "application/vnd.github.raw; charset=utf-8", contents->bytes);
  }
  json::object file =
      render_place(context, Place{wanted.path, wanted.ref, "file", contents->sha, contents->bytes.size()});
  const bool is_inline = contents->bytes.size() <= kMaxInline;
  file["content"] = is_inline ? lines_of_base64(contents->bytes) : std::string();
  file["encoding"] = is_inline ? "base64" : "none";
  return json_answer(200, file);
}

http::Response render_written(Context context, const WriteContents& wanted, const Result<Written>& written) {
  if (!written) return refuse_error(context.exchange, written.error());
  json::object body{{"content", render_place(context, Place{wanted.path, wanted.branch, "file", written->blob,
                                                            wanted.content.size()})},
                    {"commit", render_commit(context, wanted, *written)}};
  return json_answer(written->created ? 201 : 200, body);
}

}  // namespace hubwarden::sandbox
