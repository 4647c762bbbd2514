#pragma once

// The answers to what was read or written in a repository.

#include "sandbox/exchange.h"
#include "sandbox/git_store.h"

namespace hubwarden::sandbox {

http::Response render_contents(Context context, const ReadContents& wanted, const Result<Contents>& contents);
http::Response render_written(Context context, const WriteContents& wanted, const Result<Written>& written);

}  // namespace hubwarden::sandbox
