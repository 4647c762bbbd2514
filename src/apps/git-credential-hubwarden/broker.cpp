#include "apps/git-credential-hubwarden/broker.h"

#include <string.h>

#include <array>
#include <span>

#include "base/text.h"

namespace hubwarden::git_credential {
namespace {

struct Scratch {
  Scratch() = default;
  ~Scratch() { explicit_bzero(bytes.data(), bytes.size()); }
  std::array<char, 4096> bytes;
};

// A token is printable ASCII; two of its characters need an escape in JSON.
std::string json_string(std::string_view text) {
  std::string out;
  out.reserve(2 * text.size() + 2);
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
  return out;
}

}  // namespace

std::string Conversation::workspace_path(std::string_view tail) const {
  return "/workspaces/" + percent_encode(settings_.workspace.text()) + std::string(tail);
}

Secret Conversation::request(std::string_view method, std::string_view path, std::string_view bearer,
                             std::string_view body) const {
  std::string text;
  text.reserve(bearer.size() + path.size() + body.size() + 512);
  text.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: ");
  text.append(settings_.address.host_field());
  if (!bearer.empty()) text.append("\r\nAuthorization: Bearer ").append(bearer);
  text.append(
      "\r\nAccept: application/json\r\nUser-Agent: git-credential-hubwarden\r\nConnection: close\r\n");
  if (!body.empty()) {
    text.append("Content-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size()));
    text.append("\r\n");
  }
  text.append("\r\n").append(body);
  return Secret::absorb(text);
}

Result<Conversation::Reply> Conversation::ask_once(const Secret& request, SteadyPoint deadline) const {
  Result<Channel> channel = Channel::open(settings_, deadline, clock_);
  if (!channel) return std::unexpected(channel.error());
  // Its error waits: a server that answers before it has read all of the request is worth listening to.
  const Result<void> sent = channel->send(request.reveal(), deadline);
  Scratch scratch;
  auto reader = std::make_unique<HttpReplyReader>();
  HttpReplyReader::State state = HttpReplyReader::State::kMore;
  while (state == HttpReplyReader::State::kMore) {
    const Result<std::size_t> got = channel->receive(scratch.bytes, deadline);
    if (!got) return std::unexpected(sent ? got.error() : sent.error());
    state = *got > 0 ? reader->feed(std::string_view(scratch.bytes.data(), *got)) : reader->finish();
    const bool was_silent = *got == 0 && reader->status() == 0;
    if (was_silent) return fail(ErrorCode::kUnavailable, "the connection was closed without an answer");
  }
  if (state == HttpReplyReader::State::kBroken) {
    return fail(ErrorCode::kUpstreamProtocol, "its answer is cut, too long or not HTTP");
  }
  return reader;
}

Result<Conversation::Reply> Conversation::ask(std::string_view method, std::string_view path,
                                              std::string_view body, SteadyPoint deadline) {
  constexpr int kUnauthenticated = 401;
  Result<Reply> reply = ask_once(request(method, path, bearer_.value().reveal(), body), deadline);
  if (!reply || (*reply)->status() != kUnauthenticated || !bearer_.read_again()) return reply;
  return ask_once(request(method, path, bearer_.value().reveal(), body), deadline);
}

Result<Conversation::Reply> Conversation::get(std::string_view path, SteadyPoint deadline) {
  return ask("GET", path, "", deadline);
}

Result<Conversation::Reply> Conversation::get_openly(std::string_view path, SteadyPoint deadline) {
  return ask_once(request("GET", path, "", ""), deadline);
}

Result<Conversation::Reply> Conversation::post(std::string_view path, const Secret& body,
                                               SteadyPoint deadline) {
  return ask("POST", path, body.reveal(), deadline);
}

Result<Token> RemoteBroker::ask(const Question& question, SteadyPoint deadline) {
  // The host is always named: one host's token must never reach another, whatever hubwarden's default is.
  const policy::Repository& repository = question.repository;
  const std::string query = "/github-installation-token?repo=" + percent_encode(repository.owner().shown()) +
                            "/" + percent_encode(repository.name()) +
                            "&host=" + percent_encode(question.github_host());
  const Result<Conversation::Reply> got = conversation_.get(conversation_.workspace_path(query), deadline);
  if (!got) return std::unexpected(got.error());
  const HttpReplyReader& reply = **got;
  return read_token_reply(reply.status(), reply.body(), reply.retry_after());
}

Result<void> RemoteBroker::report(const Secret& token, SteadyPoint deadline) {
  std::string value = json_string(token.reveal());
  std::string text;
  text.reserve(value.size() + 16);
  text.append("{\"token\":").append(value).append("}");
  wipe(value);
  const Secret body = Secret::absorb(text);
  const std::string path = conversation_.workspace_path("/github-installation-token/rejected");
  const Result<Conversation::Reply> got = conversation_.post(path, body, deadline);
  if (!got) return std::unexpected(got.error());
  const HttpReplyReader& reply = **got;
  if (reply.status() >= 200 && reply.status() < 300) return {};
  const Result<Token> refused = read_token_reply(reply.status(), reply.body(), reply.retry_after());
  if (!refused) return std::unexpected(refused.error());
  return fail(ErrorCode::kUpstreamProtocol, "its answer to a report holds a token");
}

}  // namespace hubwarden::git_credential
