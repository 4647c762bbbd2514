// What the credential helper reads: hubwarden's answer, or whatever a proxy in between made of it, and its
// own record file.

#include "apps/git-credential-hubwarden/http_reply.h"
#include "apps/git-credential-hubwarden/record.h"
#include "apps/git-credential-hubwarden/token_reply.h"
#include "base/check.h"
#include "fuzz/target.h"

namespace hubwarden::fuzz {
namespace {

using git_credential::HttpReplyReader;

HttpReplyReader::State feed(HttpReplyReader& reader, std::string_view bytes, std::size_t piece) {
  HttpReplyReader::State state = HttpReplyReader::State::kMore;
  while (!bytes.empty() && state == HttpReplyReader::State::kMore) {
    state = reader.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return state == HttpReplyReader::State::kMore ? reader.finish() : state;
}

}  // namespace

void target(std::string_view bytes) {
  constexpr std::string_view kKey = "unix:/run/hubwarden.sock agent https://github.com acme/widgets";
  if (const auto record = git_credential::parse_record(bytes, kKey)) {
    HW_CHECK(git_credential::is_token(record->token.reveal()));
    const Secret written = git_credential::format_record(*record, kKey);
    HW_CHECK(git_credential::parse_record(written.reveal(), kKey).has_value());
  }
  HttpReplyReader whole;
  if (feed(whole, bytes, bytes.size()) != HttpReplyReader::State::kDone) return;
  HW_CHECK(whole.body().size() <= git_credential::kMaxReplyBody);
  HttpReplyReader bytewise;
  HW_CHECK(feed(bytewise, bytes, 1) == HttpReplyReader::State::kDone);
  HW_CHECK(bytewise.status() == whole.status() && bytewise.body() == whole.body());
  const auto token = git_credential::read_token_reply(whole.status(), whole.body(), whole.retry_after());
  if (token) HW_CHECK(git_credential::is_token(token->value.reveal()));
}

}  // namespace hubwarden::fuzz
