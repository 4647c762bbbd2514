#include "apps/hubwarden/policy_report.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/time_text.h"
#include "rules/rule_text.h"

namespace hubwarden::apps {
namespace {

using boost::json::array;
using boost::json::object;
using rules::AspectChange;
using rules::Change;
using rules::Portion;

constexpr std::size_t kShown = 5;    // of a list, for people
constexpr std::size_t kColumn = 13;  // where values begin

std::string line_of(const object& value) {
  return boost::json::serialize(value) + "\n";
}

array list_of(const std::vector<std::string>& texts) {
  array list;
  for (const std::string& text : texts) list.emplace_back(text);
  return list;
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

void add_line(std::string& text, std::string label, std::string_view value) {
  if (value.empty()) return;
  label.resize(std::max(kColumn, label.size() + 1), ' ');
  text.append("  ").append(label).append(value).append("\n");
}

std::string near_text(const rules::NearMiss& near) {
  std::string text = near.rule;
  std::string_view separator = ": ";
  for (const std::string& lack : near.lacks) text.append(std::exchange(separator, "; ")).append(lack);
  return text;
}

std::string_view kind_text(Change::Kind kind) {
  constexpr std::string_view kTexts[] = {"added", "removed", "changed"};
  return kTexts[static_cast<std::size_t>(kind)];
}

char sign_of(Change::Kind kind) {
  constexpr char kSigns[] = {'+', '-', '~'};
  return kSigns[static_cast<std::size_t>(kind)];
}

void add_portion(std::string& text, char sign, const std::string& aspect, const Portion& portion) {
  std::string label = aspect;
  label.resize(std::max(kColumn, label.size() + 1), ' ');
  text.append("    ").append(1, sign).append(" ").append(label);
  text += rules::listed(portion.names, kShown);
  if (!portion.terms.empty()) text += " (" + portion.terms + ")";
  text += "\n";
}

array portions_json(const std::vector<Portion>& portions) {
  array list;
  for (const Portion& portion : portions) {
    object one;
    one["names"] = list_of(portion.names);
    one["terms"] = portion.terms;
    list.push_back(std::move(one));
  }
  return list;
}

object change_json(const Change& change) {
  object out;
  out["change"] = kind_text(change.kind);
  out["what"] = change.what;
  out["name"] = change.name;
  array aspects;
  for (const AspectChange& aspect : change.aspects) {
    object one;
    one["aspect"] = aspect.aspect;
    one["before"] = portions_json(aspect.before);
    one["after"] = portions_json(aspect.after);
    aspects.push_back(std::move(one));
  }
  out["aspects"] = std::move(aspects);
  return out;
}

object decision_json(const OtherDecision& decision) {
  object out;
  out["file"] = decision.origin.source();
  out["line"] = decision.origin.line();
  out["ask"] = decision.ask;
  out["before"] = decision.before;
  out["after"] = decision.after;
  return out;
}

}  // namespace

std::string policy_summary_text(const std::string& path, const config::Policy& policy) {
  return path + ": ok, " + counted(policy.issuers.size(), "issuer", "issuers") + ", " +
         counted(policy.rules->rules().size(), "rule", "rules") + ", " +
         counted(policy.operators.size(), "group", "groups") + " of operators\n";
}

std::string policy_summary_json(const std::string& path, const config::Policy& policy) {
  object out;
  out["path"] = path;
  array issuers;
  for (const config::Issuer& issuer : policy.issuers) issuers.emplace_back(issuer.name);
  out["issuers"] = std::move(issuers);
  array names;
  for (const rules::Rule& rule : policy.rules->rules()) names.emplace_back(rule.name);
  out["rules"] = std::move(names);
  array operators;
  for (const config::OperatorGroup& group : policy.operators) operators.emplace_back(group.name);
  out["operators"] = std::move(operators);
  return line_of(out);
}

std::string explanation_text(const Explained& explained) {
  const rules::Decision& decision = explained.decision;
  std::string text(rules::to_string(decision.verdict));
  text.append(": ").append(explained.why.message).append("\n");
  const bool is_refused = decision.verdict == rules::Verdict::kRefuse;
  if (explained.why.code) add_line(text, "code", to_string(*explained.why.code));
  add_line(text, "missing", rules::to_string(decision.missing));
  if (is_refused) add_line(text, "can change", to_string(explained.why.fix));
  add_line(text, "ceiling", explained.kept_by_ceiling);
  add_line(text, "limits", rules::text_of(decision.limits));
  if (decision.ttl) add_line(text, "ttl", duration_text(*decision.ttl));
  add_line(text, "its rules", explained.rules.empty() ? "none" : rules::listed(explained.rules, kShown));
  std::string label = "nearest";
  for (const rules::NearMiss& near : explained.near)
    add_line(text, std::exchange(label, ""), near_text(near));
  return text;
}

std::string explanation_json(const Explained& explained) {
  const rules::Decision& decision = explained.decision;
  object out;
  out["verdict"] = rules::to_string(decision.verdict);
  out["message"] = explained.why.message;
  out["rule"] = decision.rule;
  out["rules"] = list_of(explained.rules);
  if (decision.verdict != rules::Verdict::kRefuse) {
    out["limits"] = rules::text_of(decision.limits);
    if (decision.ttl) out["ttl"] = duration_text(*decision.ttl);
    if (decision.consent) {
      out["consent"] =
          object{{"from", list_of(decision.consent->from)}, {"ttl", duration_text(decision.consent->ttl)}};
    }
    return line_of(out);
  }
  if (explained.why.code) out["code"] = to_string(*explained.why.code);
  out["missing"] = rules::to_string(decision.missing);
  out["fix"] = to_string(explained.why.fix);
  out["ceiling"] = explained.kept_by_ceiling;
  array near;
  for (const rules::NearMiss& miss : explained.near) {
    near.push_back(object{{"rule", miss.rule}, {"lacks", list_of(miss.lacks)}});
  }
  out["near"] = std::move(near);
  return line_of(out);
}

std::string cases_json(std::size_t count, const std::vector<FailedCase>& failed) {
  object out;
  out["cases"] = count;
  array list;
  for (const FailedCase& one : failed) {
    list.push_back(
        object{{"file", one.origin.source()}, {"line", one.origin.line()}, {"message", one.message}});
  }
  out["failed"] = std::move(list);
  return line_of(out);
}

std::string changes_text(const std::vector<Change>& changes, const std::vector<OtherDecision>& decisions) {
  std::string text;
  for (const Change& change : changes) {
    text.append(1, sign_of(change.kind)).append(" ").append(change.what);
    text.append(change.name.empty() ? "" : " ").append(change.name).append("\n");
    for (const AspectChange& aspect : change.aspects) {
      for (const Portion& portion : aspect.before) add_portion(text, '-', aspect.aspect, portion);
      for (const Portion& portion : aspect.after) add_portion(text, '+', aspect.aspect, portion);
    }
  }
  for (const OtherDecision& one : decisions) {
    text += one.origin.text() + ": " + one.ask + ": " + one.before + ", now " + one.after + "\n";
  }
  return text;
}

std::string changes_json(const std::vector<Change>& changes, const std::vector<OtherDecision>& decisions) {
  object out;
  array list;
  for (const Change& change : changes) list.push_back(change_json(change));
  out["changes"] = std::move(list);
  array cases;
  for (const OtherDecision& one : decisions) cases.push_back(decision_json(one));
  out["cases"] = std::move(cases);
  return line_of(out);
}

}  // namespace hubwarden::apps
