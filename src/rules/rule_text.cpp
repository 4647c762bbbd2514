#include "rules/rule_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/time_text.h"

namespace hubwarden::rules {
namespace {

using namespace std::chrono_literals;

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
  std::string all;
  for (const std::string& text : texts) all.append(all.empty() ? "" : separator).append(text);
  return all;
}

std::vector<std::string> texts_of(const std::vector<policy::Glob>& globs) {
  std::vector<std::string> texts;
  for (const policy::Glob& glob : globs) texts.push_back(glob.text());
  std::ranges::sort(texts);
  return texts;
}

std::string per_text(const std::optional<Duration>& per) {
  constexpr std::array<std::pair<std::string_view, Duration>, 4> kUnits = {
      {{"/s", 1s}, {"/min", 1min}, {"/h", 1h}, {"/d", 24h}}};
  if (!per) return "";
  const auto unit = std::ranges::find(kUnits, *per, &std::pair<std::string_view, Duration>::second);
  return unit == kUnits.end() ? " in " + duration_text(*per) : std::string(unit->first);
}

// In the largest unit that divides it.
std::string bytes_text(std::uint64_t count) {
  constexpr std::array<std::string_view, 4> kUnits = {"", "KiB", "MiB", "GiB"};
  constexpr std::uint64_t kStep = 1024;
  std::size_t unit = 0;
  while (count != 0 && count % kStep == 0 && unit + 1 < kUnits.size()) {
    count /= kStep;
    ++unit;
  }
  return std::to_string(count) + std::string(kUnits[unit]);
}

}  // namespace

std::string text_of(const Who::Condition& condition) {
  return condition.attribute + " " + joined(texts_of(condition.patterns), " or ");
}

std::string text_of(const Who& who) {
  std::vector<std::string> conditions;
  for (const Who::Condition& condition : who.conditions()) conditions.push_back(text_of(condition));
  std::ranges::sort(conditions);
  conditions.insert(conditions.begin(), "issuer " + who.issuer());
  return joined(conditions, ", ");
}

std::string text_of(const Limits& limits) {
  std::vector<std::string> parts;
  if (limits.concurrent) parts.push_back("concurrent " + std::to_string(*limits.concurrent));
  if (limits.requests) {
    parts.push_back("requests " + std::to_string(limits.requests->count) + per_text(limits.requests->per));
  }
  if (limits.bytes) parts.push_back("bytes " + bytes_text(limits.bytes->count) + per_text(limits.bytes->per));
  return joined(parts, ", ");
}

std::string text_of(const Consent& consent) {
  std::vector<std::string> from = consent.from;
  std::ranges::sort(from);
  return "of " + joined(from, " or ") + " within " + duration_text(consent.ttl);
}

std::string text_of(const SessionTerms& terms) {
  std::vector<std::string> parts;
  if (terms.ttl) parts.push_back("ttl " + duration_text(*terms.ttl));
  if (!terms.agent.empty()) parts.push_back("agent " + terms.agent);
  if (!terms.tenant.empty()) parts.push_back("tenant " + terms.tenant);
  return joined(parts, ", ");
}

std::string text_of(const Wanted& wanted) {
  if (const auto* const named = std::get_if<catalogue::Named>(&wanted)) return std::string(named->name());
  return "a token of " + std::get<policy::PermissionSet>(wanted).text();
}

std::vector<std::string> texts_of(const RepositoryPatterns& repositories) {
  std::vector<std::string> texts = texts_of(repositories.wanted());
  for (const std::string& text : texts_of(repositories.unwanted())) texts.push_back("!" + text);
  return texts;
}

std::string listed(const std::vector<std::string>& texts, std::size_t most) {
  const std::size_t shown = std::min(texts.size(), most);
  std::string all;
  for (std::size_t i = 0; i < shown; ++i) {
    const bool is_last = i + 1 == texts.size();
    all.append(i == 0 ? "" : is_last ? " and " : ", ").append(texts[i]);
  }
  if (shown < texts.size()) all += " and " + std::to_string(texts.size() - shown) + " more";
  return all;
}

}  // namespace hubwarden::rules
