#include "fleet/shared_used_tokens.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/text.h"
#include "fleet/key_names.h"
#include "redis/codec.h"

namespace hubwarden::fleet {

net::Task<bool> SharedUsedTokens::is_first(crypto::Digest digest, TimePoint ends) {
  net::Task<bool> noting = own_.is_first(digest, ends);
  const bool is_first_here = co_await std::move(noting);
  if (!is_first_here) co_return false;
  const std::string key = KeyNames("used " + hex(digest)).used();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(ends - clock_.now());
  if (left.count() <= 0) co_return false;
  std::string command = redis::command_text({"SET", key, "1", "NX", "PX", std::to_string(left.count())});
  net::Task<Result<redis::Reply>> asking = redis_.ask(key, std::move(command));
  const Result<redis::Reply> reply = co_await std::move(asking);
  // A lost answer may have been the first one's own: nobody else here has used it.
  if (!reply) co_return true;
  co_return !reply->is_nil();
}

}  // namespace hubwarden::fleet
