#pragma once

// The command line's way to a running hubwarden: one request, one JSON answer. Blocking.
//
//   Result<ServerBearer> bearer = ServerBearer::find("HUBWARDEN_ADMIN_TOKEN", admin_token_file);
//   ServerConnection server(url, std::move(*bearer), ca_file);
//   Result<boost::json::value> answer = server.call(Method::kGet, "/admin/workspaces");

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "http/message.h"

namespace hubwarden::apps {

// Who asks. One from a file is read again after a 401: it may have been rotated meanwhile.
class ServerBearer {
 public:
  // What stands in `variable`, else in the file that `file` or `variable`_FILE names. Never on a command
  // line.
  static Result<ServerBearer> find(const char* variable, const std::string& file);

  const Secret& value() const { return value_; }
  // True if its file holds another one by now.
  bool read_again();

 private:
  ServerBearer(Secret value, std::string file) : value_(std::move(value)), file_(std::move(file)) {}

  Secret value_;
  std::string file_;  // empty: from the environment
};

class ServerConnection {
 public:
  // `url` is "http://127.0.0.1:8080" or "https://…"; `ca_file` is empty for the system's authorities.
  ServerConnection(std::string url, ServerBearer bearer, std::string ca_file);

  // Null for an answer without a body. The server's own errors come as it sent them; `upstream_unavailable`
  // when it was not reached.
  Result<boost::json::value> call(http::Method method, const std::string& path,
                                  const std::optional<boost::json::object>& body = std::nullopt);

 private:
  struct Answer;
  Result<Answer> send_once(http::Method method, const std::string& path,
                           const std::optional<boost::json::object>& body) const;

  std::string url_;
  ServerBearer bearer_;
  std::string ca_file_;
};

}  // namespace hubwarden::apps
