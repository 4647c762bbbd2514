#include "apps/hubwarden/catalogue_report.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <vector>

#include "catalogue/names.h"

namespace hubwarden::apps {
namespace {

using boost::json::array;
using boost::json::object;
using catalogue::Match;
using catalogue::Operation;
using catalogue::Parameter;
using catalogue::Parameters;

std::vector<std::string_view> short_names_of(const Operation& operation) {
  std::vector<std::string_view> names;
  for (const catalogue::ShortName name : catalogue::short_names()) {
    if (catalogue::operation_of(name) == operation) names.push_back(to_string(name));
  }
  return names;
}

std::string needs_of(const Operation& operation) {
  const std::string_view documented = operation.permissions_text();
  std::string text(documented.empty() ? "-" : documented);
  if (!operation.works_with_installation_token()) text += " (no installation tokens)";
  return text;
}

std::string parameter_text(const Parameter& parameter) {
  std::string text(parameter.name);
  if (!parameter.values.empty()) {
    text.append("=").append(parameter.values);
  } else if (parameter.type != catalogue::ParameterType::kString) {
    text.append(":").append(to_string(parameter.type));
  }
  if (parameter.spans_segments) text += "/…";
  if (parameter.may_be_omitted) text += " (may be left out)";
  return text;
}

std::string path_text(const Operation& operation) {
  std::string text;
  for (const Parameter& parameter : operation.path_parameters()) {
    if (!text.empty()) text += ", ";
    text += parameter_text(parameter);
  }
  return text;
}

std::string query_text(const Operation& operation) {
  std::string text;
  for (const Parameter& parameter : operation.query_parameters()) {
    if (!text.empty()) text += ", ";
    text += parameter_text(parameter);
    if (parameter.is_required) text += " (required)";
  }
  return text;
}

void add_line(std::string& text, std::string label, std::string_view value) {
  constexpr std::size_t kColumn = 13;
  if (value.empty()) return;
  label.resize(kColumn, ' ');
  text.append("  ").append(label).append(value).append("\n");
}

std::string found_text(const Match& found) {
  std::string text;
  if (found.repository_id()) text = "repository " + std::to_string(found.repository_id()->value());
  for (const Parameter& parameter : found.operation().path_parameters()) {
    const auto value = found.parameter(parameter.name);
    if (!value) continue;
    if (!text.empty()) text += ", ";
    text.append(parameter.name).append("=").append(*value);
  }
  return text;
}

array parameters_json(const Parameters& parameters) {
  array list;
  for (const Parameter& parameter : parameters) {
    object one;
    one["name"] = parameter.name;
    one["type"] = to_string(parameter.type);
    one["required"] = parameter.is_required;
    one["spans_segments"] = parameter.spans_segments;
    one["may_be_omitted"] = parameter.may_be_omitted;
    one["values"] = parameter.values;
    one["minimum"] = parameter.minimum ? boost::json::value(*parameter.minimum) : nullptr;
    one["maximum"] = parameter.maximum ? boost::json::value(*parameter.maximum) : nullptr;
    list.push_back(std::move(one));
  }
  return list;
}

array scopes_json(const Operation& operation) {
  array list;
  for (const policy::PermissionSet& scope : operation.scopes()) {
    object one;
    for (const auto& [name, level] : scope.levels()) one[name] = to_string(level);
    list.push_back(std::move(one));
  }
  return list;
}

object found_json(const Match& found) {
  object parameters;
  for (const Parameter& parameter : found.operation().path_parameters()) {
    if (const auto value = found.parameter(parameter.name)) parameters[parameter.name] = *value;
  }
  object out;
  out["repository_id"] = found.repository_id() ? boost::json::value(found.repository_id()->value()) : nullptr;
  out["parameters"] = std::move(parameters);
  return out;
}

}  // namespace

std::string operation_line(const Operation& operation) {
  std::string line(operation.id());
  line.append("\t").append(operation.method()).append("\t").append(operation.path());
  return line.append("\t").append(needs_of(operation)).append("\n");
}

std::string operation_text(const Operation& operation, const std::optional<Match>& found) {
  std::string text(operation.id());
  text.append("\n  ").append(operation.method()).append(" ").append(operation.path()).append("\n");
  add_line(text, "needs", needs_of(operation));
  add_line(text, "access", operation.is_read() ? "read" : "write");
  std::string names;
  for (const std::string_view name : short_names_of(operation))
    names.append(names.empty() ? "" : ", ").append(name);
  add_line(text, "short name", names);
  add_line(text, "category", operation.category());
  add_line(text, "counted as", operation.resource());
  add_line(text, "in the path", path_text(operation));
  add_line(text, "query", query_text(operation));
  add_line(text, "body", operation.has_body() ? "yes" : "");
  add_line(text, "host", operation.is_on_upload_host() ? "for uploads" : "");
  add_line(text, "deprecated", operation.is_deprecated() ? "yes" : "");
  if (found) add_line(text, "found by", found_text(*found));
  return text;
}

std::string operation_json(const Operation& operation, const std::optional<Match>& found) {
  object out;
  out["id"] = operation.id();
  out["method"] = operation.method();
  out["path"] = operation.path();
  out["category"] = operation.category();
  out["access"] = operation.is_read() ? "read" : "write";
  out["installation_tokens"] = operation.works_with_installation_token();
  out["permissions_text"] = operation.permissions_text();
  out["permissions"] = scopes_json(operation);
  array names;
  for (const std::string_view name : short_names_of(operation)) names.emplace_back(name);
  out["short_names"] = std::move(names);
  out["path_parameters"] = parameters_json(operation.path_parameters());
  out["query_parameters"] = parameters_json(operation.query_parameters());
  out["body"] = operation.has_body();
  out["resource"] = operation.resource();
  out["upload_host"] = operation.is_on_upload_host();
  out["deprecated"] = operation.is_deprecated();
  if (found) out["found"] = found_json(*found);
  return boost::json::serialize(out) + "\n";
}

}  // namespace hubwarden::apps
