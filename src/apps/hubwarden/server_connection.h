#pragma once

// The command line's way to a running hubwarden: one request, one JSON answer. Blocking.
//
//   ServerConnection server(url, std::move(bearer), ca_file);
//   Result<boost::json::value> answer = server.call(Method::kGet, "/admin/workspaces");

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "http/message.h"

namespace hubwarden::apps {

class ServerConnection {
 public:
  // `url` is "http://127.0.0.1:8080" or "https://…"; `ca_file` is empty for the system's authorities.
  ServerConnection(std::string url, Secret bearer, std::string ca_file);

  // Null for an answer without a body. The server's own errors come as it sent them; `upstream_unavailable`
  // when it was not reached.
  Result<boost::json::value> call(http::Method method, const std::string& path,
                                  const std::optional<boost::json::object>& body = std::nullopt);

 private:
  std::string url_;
  Secret bearer_;
  std::string ca_file_;
};

// The bearer that stands in `variable`, else in the file that `variable`_FILE or `file` names. Never on a
// command line.
Result<Secret> bearer_from(const char* variable, const std::string& file);

}  // namespace hubwarden::apps
