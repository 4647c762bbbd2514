#include "redis/script.h"

#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "crypto/sha1.h"
#include "redis/codec.h"

namespace hubwarden::redis {
namespace {

std::string script_command(std::string_view verb, std::string_view script,
                           const std::vector<std::string>& keys, const std::vector<std::string>& arguments) {
  const std::string count = std::to_string(keys.size());
  std::vector<std::string_view> words = {verb, script, count};
  words.insert(words.end(), keys.begin(), keys.end());
  words.insert(words.end(), arguments.begin(), arguments.end());
  return command_text(words);
}

}  // namespace

net::Task<Result<Reply>> Script::run(Client& client, std::vector<std::string> keys,
                                     std::vector<std::string> arguments) const {
  HW_CHECK(!keys.empty());
  const std::string name = hex(crypto::sha1(source_));  // as Redis names it
  std::string by_name = script_command("EVALSHA", name, keys, arguments);
  net::Task<Result<Reply>> asking = client.ask(keys.front(), std::move(by_name));
  Result<Reply> reply = co_await std::move(asking);
  const bool is_unknown = !reply && reply.error().code() == ErrorCode::kNotFound;
  if (!is_unknown) co_return reply;
  std::string by_text = script_command("EVAL", source_, keys, arguments);
  net::Task<Result<Reply>> sending = client.ask(keys.front(), std::move(by_text));
  Result<Reply> ran = co_await std::move(sending);
  co_return ran;
}

}  // namespace hubwarden::redis
