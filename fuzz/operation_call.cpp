// A caller's order: an operation, its parameters as JSON, and the query of a page. Whatever they are, what is
// asked is that operation on the handle's repository, in one line of printable ASCII.

#include "delivery/operations/operation_call.h"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "base/check.h"
#include "base/text.h"
#include "catalogue/match.h"
#include "delivery/json_body.h"
#include "fuzz/target.h"

namespace hubwarden::fuzz {
namespace {

const policy::Repository kWidgets = *policy::Repository::parse("acme/widgets");

bool is_plain(char c) {
  return c > 0x20 && c < 0x7F && c != '#' && c != '\\';
}

void check(const delivery::OperationCall& call) {
  const std::string_view target = call.target();
  HW_CHECK(target.starts_with('/') && target.size() <= delivery::OperationCall::kMaxTarget);
  HW_CHECK(std::ranges::all_of(target, is_plain));
  HW_CHECK(std::ranges::count(target, '?') <= 1);
  const auto found = catalogue::match(call.operation().method(), target.substr(0, target.find('?')));
  HW_CHECK(found && found->operation() == call.operation() && !found->repository_id());
  if (found->operation().is_of_repository()) {
    HW_CHECK(found->parameter("owner") == "acme" && found->parameter("repo") == "widgets");
  }
  HW_CHECK(call.body().empty() || call.operation().has_body());
}

}  // namespace

// Three texts.
void target(std::string_view bytes) {
  const auto named = catalogue::parse_operation_name(take_text(bytes));
  const std::string_view params = take_text(bytes);
  const std::string_view page = take_text(bytes);
  if (!named) return;
  boost::json::parse_options options;
  options.max_depth = delivery::kMaxJsonDepth;
  boost::json::error_code failure;
  const boost::json::value value = boost::json::parse(params, failure, {}, options);
  if (failure || !value.is_object()) return;
  const auto call = delivery::OperationCall::read(*named, kWidgets, value.get_object(), page);
  if (call) check(*call);
}

}  // namespace hubwarden::fuzz
