#include "rules/session_terms.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"

namespace hubwarden::rules {
namespace {

std::unexpected<Error> refuse(std::string why) {
  return std::unexpected(Error(ErrorCode::kForbidden, std::move(why)).with_fix(Fix::kOperator));
}

// With the caller's attributes in place. Nothing when it has not one of them.
std::optional<std::string> filled(std::string_view text, const policy::Attributes& attributes) {
  std::string result;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    result += text.substr(0, open);
    text.remove_prefix(open);
    if (text.empty()) break;
    const std::size_t close = text.find('}');
    HW_CHECK(close != std::string_view::npos);  // it was a good pattern when it was read
    const std::string* const value = attributes.single(text.substr(1, close - 1));
    if (value == nullptr) return std::nullopt;
    result += *value;
    text.remove_prefix(close + 1);
  }
  return result;
}

// What one rule says, beside what others have said.
Result<> agree(std::string& so_far, const std::string& text, const Rule& rule, const Grant& grant) {
  if (text.empty()) return {};
  const std::optional<std::string> said = filled(text, grant.caller().attributes);
  if (!said) return refuse("rule \"" + rule.name + "\" names an attribute that the caller has not: " + text);
  if (!so_far.empty() && so_far != *said) {
    return refuse("rule \"" + rule.name + "\" says \"" + *said + "\" where another says \"" + so_far + "\"");
  }
  so_far = *said;
  return {};
}

}  // namespace

Result<SessionGift> session_of(const Grant& grant) {
  if (grant.rules().empty()) return refuse("no rule is for this caller");
  SessionGift gift;
  std::optional<Duration> shortest;
  for (const std::uint32_t place : grant.rules()) {
    const Rule& rule = grant.book().rules()[place];
    const Result<> agent = agree(gift.agent, rule.session.agent, rule, grant);
    if (!agent) return std::unexpected(agent.error());
    const Result<> tenant = agree(gift.tenant, rule.session.tenant, rule, grant);
    if (!tenant) return std::unexpected(tenant.error());
    if (rule.session.ttl) shortest = std::min(*rule.session.ttl, shortest.value_or(*rule.session.ttl));
  }
  gift.ttl = shortest.value_or(SessionGift::kUsualTtl);
  if (!gift.agent.empty()) return gift;
  const std::string* const subject = grant.caller().attributes.single("subject");
  if (subject == nullptr) return refuse("the caller has no subject");
  gift.agent = *subject;
  return gift;
}

}  // namespace hubwarden::rules
