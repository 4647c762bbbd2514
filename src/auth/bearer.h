#pragma once

// `Authorization: Bearer …`, the one way to show a credential to hubwarden (RFC 6750, 2.1).
//
//   Result<std::string_view> bearer = auth::bearer_of(request.fields());
//
// The view is into the field. Every refusal is the same `unauthenticated`: it does not say what was wrong.

#include <cstddef>
#include <string_view>

#include "base/error.h"
#include "http/handler.h"

namespace hubwarden::auth {

// Room for a workload's JWT, some of which carry all groups of their subject, and for the session that begins
// with it. Of a header block's 32 KiB.
inline constexpr std::size_t kMaxBearer = 16 * 1024;

// The value of one field: the scheme in any letter case, spaces, and the rest. What else than token68
// (RFC 9110, 11.2) stands there is nobody's credential, and so refused where credentials are known.
Result<std::string_view> parse_bearer(std::string_view field_value);

// The request's only Authorization field. Two of them are refused: two readers might take different ones.
Result<std::string_view> bearer_of(const http::FieldViews& fields);

// The error for every credential that is missing, malformed, unknown, revoked or somebody else's.
Error unauthenticated();

}  // namespace hubwarden::auth
