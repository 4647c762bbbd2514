#pragma once

// Pages of a repository's lists.

#include <boost/json/value.hpp>
#include <string_view>

#include "sandbox/exchange.h"
#include "sandbox/pages.h"

namespace hubwarden::sandbox {

// 200 with `body`, and links to the undocumented family of paths by number, as GitHub's lists have. `rest` is
// the path behind the repository's: "/issues".
http::Response list_answer(const Context& context, const boost::json::value& body, const Page& page,
                           std::string_view rest);

}  // namespace hubwarden::sandbox
