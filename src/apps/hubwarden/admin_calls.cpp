#include "apps/hubwarden/admin_calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <utility>

#include "apps/hubwarden/exit_status.h"
#include "apps/hubwarden/server_connection.h"
#include "base/secret.h"
#include "base/text.h"

namespace hubwarden::apps {
namespace {

using boost::json::object;
using boost::json::value;

// A new file that nobody else can read, or the old one's content replaced.
bool write_credential_file(const std::string& path, const Secret& credential) {
  const std::string draft = path + ".new";
  const int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return false;
  std::string line = std::string(credential.reveal()) + "\n";
  // Before the credential is in it: a draft that was there already may be open to others.
  const bool written = fchmod(file, 0600) == 0 &&
                       write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       fsync(file) == 0;
  wipe(line);
  return close(file) == 0 && written && rename(draft.c_str(), path.c_str()) == 0;
}

}  // namespace

int complain(const Error& error) {
  std::fprintf(stderr, "hubwarden: %s\n", error.message().c_str());
  return error.code() == ErrorCode::kUpstreamUnavailable || error.code() == ErrorCode::kUpstreamTimeout
             ? kNotReachable
             : kFailed;
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string text_of(const object& from, std::string_view name) {
  const value* const found = from.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

Result<value> ask_as_admin(const ServerOptions& server, http::Method method, const std::string& path,
                           const std::optional<object>& body) {
  Result<ServerBearer> bearer = server.jwt_file.empty()
                                    ? ServerBearer::find("HUBWARDEN_ADMIN_TOKEN", server.admin_token_file)
                                    : ServerBearer::find("HUBWARDEN_JWT", server.jwt_file);
  if (!bearer) return std::unexpected(bearer.error());
  ServerConnection connection(server.url, std::move(*bearer), server.ca_file);
  return connection.call(method, path, body);
}

int give_credential(const ServerOptions& server, const value& answer, const CredentialPlace& place) {
  const object* const body = answer.if_object();
  const Secret credential(body == nullptr ? "" : text_of(*body, place.member));
  if (credential.empty()) {
    return complain(Error(ErrorCode::kUpstreamProtocol, "the answer holds no " + std::string(place.member)));
  }
  if (!place.file.empty()) {
    if (write_credential_file(place.file, credential)) return kDone;
    return complain(Error(ErrorCode::kInternal, "cannot write " + place.file));
  }
  print(server.json ? boost::json::serialize(answer) + "\n" : std::string(credential.reveal()) + "\n");
  return kDone;
}

int print_list(const ServerOptions& server, const std::string& path, std::string_view member,
               const std::function<void(const object&)>& print_one) {
  for (std::string cursor;;) {
    std::string page = path + (path.contains('?') ? "&" : "?") + "limit=100";
    if (!cursor.empty()) page.append("&cursor=").append(percent_encode(cursor));
    const Result<value> answer = ask_as_admin(server, http::Method::kGet, page);
    if (!answer) return complain(answer.error());
    const object* const body = answer->if_object();
    const value* const items = body == nullptr ? nullptr : body->if_contains(member);
    if (items == nullptr || !items->is_array()) {
      return complain(Error(ErrorCode::kUpstreamProtocol, "the answer holds no " + std::string(member)));
    }
    for (const value& item : items->get_array()) {
      if (server.json) {
        print(boost::json::serialize(item) + "\n");
      } else {
        print_one(item.get_object());
      }
    }
    cursor = text_of(*body, "next_cursor");
    if (cursor.empty()) return kDone;
  }
}

}  // namespace hubwarden::apps
