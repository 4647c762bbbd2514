#include "apps/hubwarden/server_connection.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>

#include "base/text.h"
#include "config/files.h"
#include "http/curl_client.h"
#include "net/loops.h"

namespace hubwarden::apps {
namespace {

using std::chrono::seconds;

constexpr seconds kPatience(30);
constexpr std::size_t kMaxBearerFile = 8192;

// Not returned: what a promise hands from thread to thread must be constructible from nothing.
net::Task<bool> send(http::Client& client, http::ClientRequest request,
                     std::optional<Result<http::ClientResponse>>& response) {
  Result<http::ClientResponse> got = co_await client.send(std::move(request));
  response.emplace(std::move(got));
  co_return true;
}

// What the server said of its refusal, in its own words.
Error refusal(int status, const boost::json::value& body) {
  const boost::json::object* const object = body.if_object();
  const auto text = [object](std::string_view name) {
    const boost::json::value* const value = object == nullptr ? nullptr : object->if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  std::string message = text("message");
  if (message.empty()) message = "hubwarden answered " + std::to_string(status);
  if (const std::string code = text("error"); !code.empty()) message = code + ": " + message;
  return Error(ErrorCode::kInvalidRequest, printable(message, Error::kMaxDetail))
      .with_upstream_status(status);
}

Result<Secret> read_bearer(const std::string& path) {
  std::expected<config::File, config::FileError> read = config::SystemFiles().read(path, kMaxBearerFile);
  if (!read) return fail(ErrorCode::kInvalidRequest, path + " " + config::why(read.error()));
  Secret bearer(trim(std::string_view(read->content).substr(0, read->content.find_first_of("\r\n"))));
  wipe(read->content);
  if (bearer.empty()) return fail(ErrorCode::kInvalidRequest, path + " is empty");
  return bearer;
}

}  // namespace

struct ServerConnection::Answer {
  int status = 0;
  bool is_json = true;
  boost::json::value body;  // null for none
};

ServerConnection::ServerConnection(std::string url, ServerBearer bearer, std::string ca_file)
    : url_(std::move(url)), bearer_(std::move(bearer)), ca_file_(std::move(ca_file)) {
  while (!url_.empty() && url_.back() == '/') url_.pop_back();
}

Result<ServerConnection::Answer> ServerConnection::send_once(
    http::Method method, const std::string& path, const std::optional<boost::json::object>& body) const {
  const SystemClock clock;
  net::Loops loops(1);
  http::CurlOptions options;
  options.tls.ca_file = ca_file_;
  http::CurlClient client(std::move(options), clock, {loops.executor(0)});
  loops.start();

  http::ClientRequest request(method, url_ + path);
  request.authorization.emplace("Bearer", bearer_.value().clone());
  request.deadline = clock.steady_now() + kPatience;
  if (body) {
    request.fields.add("Content-Type", "application/json");
    request.body = boost::json::serialize(*body);
  }
  std::optional<Result<http::ClientResponse>> response;
  net::block_on(loops.executor(0), send(client, std::move(request), response));
  loops.stop();
  if (!*response) return std::unexpected(response->error());

  Answer answer;
  answer.status = (*response)->status;
  const std::string& text = (*response)->body;
  boost::json::error_code failure;
  if (!text.empty()) answer.body = boost::json::parse(text, failure);
  answer.is_json = !failure;
  return answer;
}

Result<boost::json::value> ServerConnection::call(http::Method method, const std::string& path,
                                                  const std::optional<boost::json::object>& body) {
  constexpr int kUnauthenticated = 401;
  Result<Answer> answer = send_once(method, path, body);
  // A refused request has done nothing, so that even a POST may be sent again.
  if (answer && answer->status == kUnauthenticated && bearer_.read_again()) {
    answer = send_once(method, path, body);
  }
  if (!answer) return std::unexpected(answer.error());
  if (answer->status >= 400) return std::unexpected(refusal(answer->status, answer->body));
  if (!answer->is_json) return fail(ErrorCode::kUpstreamProtocol, "the answer of " + url_ + " is not JSON");
  return std::move(answer->body);
}

Result<ServerBearer> ServerBearer::find(const char* variable, const std::string& file) {
  if (const char* const value = std::getenv(variable); value != nullptr && *value != '\0') {
    return ServerBearer(Secret(value), "");
  }
  const char* const named = std::getenv((std::string(variable) + "_FILE").c_str());
  std::string path = !file.empty() ? file : named != nullptr ? named : "";
  if (path.empty()) {
    return fail(ErrorCode::kInvalidRequest, std::string(variable) + " is not set, nor " + variable + "_FILE");
  }
  Result<Secret> value = read_bearer(path);
  if (!value) return std::unexpected(value.error());
  return ServerBearer(std::move(*value), std::move(path));
}

bool ServerBearer::read_again() {
  if (file_.empty()) return false;
  Result<Secret> value = read_bearer(file_);
  if (!value || *value == value_) return false;
  value_ = std::move(*value);
  return true;
}

}  // namespace hubwarden::apps
