#pragma once

// Which page of a list a request asks for: `limit` and `cursor`, and nothing else.
//
//   Result<auth::HandlePageRequest> page = page_of<auth::HandlePageRequest>(request);

#include <optional>
#include <string>

#include "base/error.h"
#include "delivery/query.h"
#include "http/handler.h"

namespace hubwarden::delivery {

template <class PageRequest>
Result<PageRequest> page_of(const http::Request& request) {
  const Result<Query> query = Query::parse(request.query(), {"limit", "cursor"});
  if (!query) return std::unexpected(query.error());
  const Result<std::optional<std::string>> limit = query->one("limit");
  if (!limit) return std::unexpected(limit.error());
  const Result<std::optional<std::string>> cursor = query->one("cursor");
  if (!cursor) return std::unexpected(cursor.error());
  return PageRequest::parse(*limit, *cursor);
}

}  // namespace hubwarden::delivery
