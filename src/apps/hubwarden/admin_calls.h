#pragma once

// What the commands of operators share: asking a running hubwarden, showing what it said, keeping a new
// credential where nobody else reads it.
//
//   const Result<boost::json::value> answer = ask_as_admin(server, http::Method::kGet, "/admin/handles/" +
//   id); if (!answer) return complain(answer.error());

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "apps/hubwarden/client_commands.h"
#include "base/error.h"
#include "http/message.h"

namespace hubwarden::apps {

// Says what went wrong; the exit status.
int complain(const Error& error);
void print(std::string_view text);
// Empty unless it is there and a text.
std::string text_of(const boost::json::object& from, std::string_view name);

// As the operator, or as the person whose JWT the options name.
Result<boost::json::value> ask_as_admin(const ServerOptions& server, http::Method method,
                                        const std::string& path,
                                        const std::optional<boost::json::object>& body = std::nullopt);

// Where a credential stands in an answer, and where it goes.
struct CredentialPlace {
  std::string_view member;
  std::string file;  // mode 0600; empty: stdout
};
// Writes the answer's credential to the file or prints it; the exit status.
int give_credential(const ServerOptions& server, const boost::json::value& answer,
                    const CredentialPlace& place);

// Every item of a list that comes in pages, as JSON or by `print_one`; the exit status.
int print_list(const ServerOptions& server, const std::string& path, std::string_view member,
               const std::function<void(const boost::json::object&)>& print_one);

}  // namespace hubwarden::apps
