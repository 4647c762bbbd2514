#include "sandbox/git_http.h"

#include <array>
#include <chrono>
#include <utility>

#include "base/text.h"
#include "sandbox/cgi.h"

namespace hubwarden::sandbox {
namespace {

// A clone of a large repository over a slow line still ends within this; a git that hangs does not live
// longer.
constexpr Duration kBackendPatience = std::chrono::minutes(15);
constexpr std::size_t kPiece = 64 * 1024;

// The rest of the backend's output, after its head.
class BackendOutput final : public http::BodySource {
 public:
  BackendOutput(std::unique_ptr<Process> process, std::string begun)
      : process_(std::move(process)), begun_(std::move(begun)) {}

  http::Task<Result<std::size_t>> read(std::span<char> into) override {
    if (taken_ < begun_.size()) {
      const std::size_t count = begun_.copy(into.data(), into.size(), taken_);
      taken_ += count;
      co_return count;
    }
    const Result<std::size_t> got = co_await process_->read(into);
    co_return got;
  }

 private:
  std::unique_ptr<Process> process_;
  std::string begun_;
  std::size_t taken_ = 0;
};

std::vector<std::string> cgi_environment(const GitStore& store, const GitTarget& target, GitGrant grant,
                                         const Call& call) {
  std::vector<std::string> environment = {
      "GATEWAY_INTERFACE=CGI/1.1",
      "SERVER_PROTOCOL=HTTP/1.1",
      "REQUEST_METHOD=" + std::string(to_string(call.method)),
      "QUERY_STRING=" + call.query,
      "PATH_INFO=/" + std::to_string(grant.repository.value()) + ".git" + target.rest,
      "GIT_PROJECT_ROOT=" + store.directory().string(),
      "GIT_HTTP_EXPORT_ALL=1",
      "REMOTE_USER=x-access-token",
      "REMOTE_ADDR=" + call.address,
  };
  const std::pair<std::string_view, std::string_view> passed[] = {
      {"Content-Type", "CONTENT_TYPE"},
      {"Content-Length", "CONTENT_LENGTH"},
      {"Content-Encoding", "HTTP_CONTENT_ENCODING"},
      {"Git-Protocol", "GIT_PROTOCOL"}};
  for (const auto& [field, variable] : passed) {
    if (const auto value = call.header(field))
      environment.push_back(std::string(variable) + "=" + std::string(*value));
  }
  if (grant.may_change_workflows) environment.emplace_back("SANDBOX_MAY_CHANGE_WORKFLOWS=yes");
  return environment;
}

// git reads a request to its end before it says more than a few lines, so its output can wait in the socket.
// A git that answers early stops reading; its answer tells why.
net::Task<Result<>> feed(Process& process, http::BodySource& body) {
  std::vector<char> piece(kPiece);
  for (;;) {
    const Result<std::size_t> got = co_await body.read(piece);
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) break;
    const Result<> sent = co_await process.write(std::string_view(piece.data(), *got));
    if (!sent) break;
  }
  process.end_input();
  co_return Result<>();
}

net::Task<Result<CgiHead>> read_head(Process& process, CgiReader& reader) {
  std::array<char, 4096> piece;
  for (;;) {
    const Result<std::size_t> got = co_await process.read(piece);
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) co_return fail(ErrorCode::kUpstreamProtocol, "git http-backend gave no answer");
    auto head = reader.take({piece.data(), *got});
    if (!head) co_return std::unexpected(head.error());
    if (*head) co_return std::move(**head);
  }
}

http::Response backend_failed(const Error& error) {
  return git_text(500, "Internal Server Error: " + error.message());
}

}  // namespace

net::Task<http::Response> serve_git(GitStore& store, const GitTarget& target, GitGrant grant,
                                    const Call& call, http::BodySource& body) {
  auto starting = store.serve(cgi_environment(store, target, grant, call), kBackendPatience);
  auto process = co_await std::move(starting);
  if (!process) co_return git_text(503, "The service is busy. Try again later.");
  const Result<> fed = co_await feed(**process, body);
  if (!fed) co_return backend_failed(fed.error());
  CgiReader reader;
  auto head = co_await read_head(**process, reader);
  if (!head) co_return backend_failed(head.error());

  http::Response answer(head->status);
  for (const auto& [name, value] : head->fields) answer.fields().add(name, value);
  answer.body() = std::make_unique<BackendOutput>(std::move(*process), reader.rest());
  co_return std::move(answer);
}

}  // namespace hubwarden::sandbox
