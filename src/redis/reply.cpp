#include "redis/reply.h"

#include "base/text.h"
#include "redis/answer.h"

namespace hubwarden::redis {
namespace {

constexpr std::size_t kMaxShown = 200;

}  // namespace

std::string error_text(const Reply& error) {
  return printable(error.text(), kMaxShown);
}

}  // namespace hubwarden::redis

template class hubwarden::net::OneShot<hubwarden::Result<hubwarden::redis::Reply>>;
