#include "sandbox/rest_lists.h"

#include <string>
#include <utility>

namespace hubwarden::sandbox {

http::Response list_answer(const Context& context, const boost::json::value& body, const Page& page,
                           std::string_view rest) {
  http::Response answer = json_answer(200, body);
  const std::string base = context.state.urls.api + "/repositories/" +
                           std::to_string(context.repository().id.value()) + std::string(rest);
  if (auto link = link_header(context.exchange.call, page, base)) answer.fields().set("Link", *link);
  return answer;
}

}  // namespace hubwarden::sandbox
