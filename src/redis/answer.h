#pragma once

// A reply on its way to whoever asked.

#include "base/error.h"
#include "net/one_shot.h"
#include "redis/reply.h"

namespace hubwarden::redis {

using Answer = net::OneShot<Result<Reply>>;

}  // namespace hubwarden::redis

// Made in reply.cpp; why, is told in net/one_shot.h.
extern template class hubwarden::net::OneShot<hubwarden::Result<hubwarden::redis::Reply>>;
