#include "apps/git-credential-hubwarden/broker.h"

#include <string.h>

#include <array>
#include <span>

#include "apps/git-credential-hubwarden/http_reply.h"
#include "base/text.h"

namespace hubwarden::git_credential {
namespace {

struct Scratch {
  Scratch() = default;
  ~Scratch() { explicit_bzero(bytes.data(), bytes.size()); }
  std::array<char, 4096> bytes;
};

Result<void> exchange(const Settings& settings, const Secret& request, SteadyPoint deadline,
                      const Clock& clock, HttpReplyReader& reader) {
  Result<Channel> channel = Channel::open(settings, deadline, clock);
  if (!channel) return std::unexpected(channel.error());
  // Its error waits: a server that answers before it has read all of the request is worth listening to.
  const Result<void> sent = channel->send(request.reveal(), deadline);
  Scratch scratch;
  HttpReplyReader::State state = HttpReplyReader::State::kMore;
  while (state == HttpReplyReader::State::kMore) {
    const Result<std::size_t> got = channel->receive(scratch.bytes, deadline);
    if (!got) return sent ? std::unexpected(got.error()) : sent;
    state = *got > 0 ? reader.feed(std::string_view(scratch.bytes.data(), *got)) : reader.finish();
    const bool was_silent = *got == 0 && reader.status() == 0;
    if (was_silent) return fail(ErrorCode::kUnavailable, "the connection was closed without an answer");
  }
  if (state == HttpReplyReader::State::kBroken) {
    return fail(ErrorCode::kUpstreamProtocol, "its answer is cut, too long or not HTTP");
  }
  return {};
}

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

Secret RemoteBroker::request(std::string_view method, std::string_view tail, std::string_view body) const {
  std::string text;
  text.reserve(bearer_.size() + tail.size() + body.size() + 512);
  text.append(method).append(" /workspaces/").append(percent_encode(settings_.workspace.text()));
  text.append("/github-installation-token").append(tail).append(" HTTP/1.1\r\nHost: ");
  text.append(settings_.address.host_field()).append("\r\nAuthorization: Bearer ").append(bearer_.reveal());
  text.append(
      "\r\nAccept: application/json\r\nUser-Agent: git-credential-hubwarden\r\nConnection: close\r\n");
  if (!body.empty()) {
    text.append("Content-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size()));
    text.append("\r\n");
  }
  text.append("\r\n").append(body);
  return Secret::absorb(text);
}

Result<Token> RemoteBroker::ask(const Question& question, SteadyPoint deadline) {
  // The host is always named: one host's token must never reach another, whatever hubwarden's default is.
  const policy::Repository& repository = question.repository;
  const std::string query = "?repo=" + percent_encode(repository.owner().shown()) + "/" +
                            percent_encode(repository.name()) +
                            "&host=" + percent_encode(question.github_host());
  HttpReplyReader reader;
  const Result<void> done = exchange(settings_, request("GET", query, ""), deadline, clock_, reader);
  if (!done) return std::unexpected(done.error());
  return read_token_reply(reader.status(), reader.body(), reader.retry_after());
}

Result<void> RemoteBroker::report(const Secret& token, SteadyPoint deadline) {
  std::string value = json_string(token.reveal());
  std::string text;
  text.reserve(value.size() + 16);
  text.append("{\"token\":").append(value).append("}");
  wipe(value);
  const Secret body = Secret::absorb(text);
  HttpReplyReader reader;
  const Result<void> done =
      exchange(settings_, request("POST", "/rejected", body.reveal()), deadline, clock_, reader);
  if (!done) return done;
  if (reader.status() >= 200 && reader.status() < 300) return {};
  const Result<Token> refused = read_token_reply(reader.status(), reader.body(), reader.retry_after());
  if (!refused) return std::unexpected(refused.error());
  return fail(ErrorCode::kUpstreamProtocol, "its answer to a report holds a token");
}

}  // namespace hubwarden::git_credential
