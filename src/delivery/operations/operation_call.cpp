#include "delivery/operations/operation_call.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "catalogue/match.h"
#include "delivery/operations/path_value.h"
#include "delivery/operations/query_values.h"
#include "delivery/operations/typed_parameters.h"

namespace hubwarden::delivery {
namespace {

namespace json = boost::json;
using catalogue::Operation;
using catalogue::Parameter;

// What GitHub takes when nothing is said, said all the same.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kFirstPage = {
    {{"page", "1"}, {"per_page", "30"}}};

using Values = std::vector<std::pair<std::string, std::string>>;

std::unexpected<Error> refuse(std::string_view name, std::string_view why) {
  return fail(ErrorCode::kInvalidRequest, "\"" + printable(name, 64) + "\" " + std::string(why));
}

// What the handle says of a path's parameter, or nothing if that is the caller's to say.
std::optional<std::string> from_handle(std::string_view name, const policy::Repository& repository) {
  if (name == "owner" || name == "org" || name == "template_owner") return repository.owner().shown();
  if (name == "repo" || name == "template_repo") return std::string(repository.name());
  return std::nullopt;
}

// One value of a path or a query as a text; a list's joined by commas, as GitHub takes them.
std::optional<std::string> text_of(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_int64()) return std::to_string(value.get_int64());
  if (value.is_uint64()) return std::to_string(value.get_uint64());
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  if (!value.is_array()) return std::nullopt;
  std::string joined;
  for (const json::value& one : value.get_array()) {
    const auto text = one.is_array() ? std::nullopt : text_of(one);
    if (!text || text->contains(',')) return std::nullopt;
    joined.append(joined.empty() ? "" : ",").append(*text);
  }
  return joined;
}

const std::string* find(const Values& values, std::string_view name) {
  const auto found =
      std::ranges::find(values, name, [](const auto& pair) { return std::string_view(pair.first); });
  return found == values.end() ? nullptr : &found->second;
}

// The template with every parameter in its place.
Result<std::string> path_of(const Operation& operation, const policy::Repository& repository,
                            const Values& values) {
  std::string path;
  std::string_view rest = operation.path();
  for (const Parameter& parameter : operation.path_parameters()) {
    const std::size_t open = rest.find('{');
    path.append(rest.substr(0, open));
    rest.remove_prefix(rest.find('}') + 1);
    if (const auto known = from_handle(parameter.name, repository)) {
      path += percent_encode(*known);
      continue;
    }
    const std::string* const value = find(values, parameter.name);
    if (value == nullptr && parameter.may_be_omitted) {
      if (path.ends_with('/')) path.pop_back();
      continue;
    }
    if (value == nullptr) return refuse(parameter.name, "is required");
    const Result<std::string> encoded = encode_path_value(parameter, *value);
    if (!encoded) return encoded;
    path += *encoded;
  }
  return path.append(rest);
}

// The members of `params` that name parameters of the path.
Result<Values> path_values(const Operation& operation, const policy::Repository& repository,
                           const json::object& params) {
  Values values;
  for (const auto& member : params) {
    const std::string_view name = member.key();
    if (name == "query" || name == "body") continue;
    if (!operation.path_parameters().find(name))
      return refuse(name, "is no parameter of this operation's path");
    if (from_handle(name, repository)) return refuse(name, "comes from the handle");
    auto text = member.value().is_array() ? std::nullopt : text_of(member.value());
    if (!text) return refuse(name, "must be a string, a whole number or a boolean");
    values.emplace_back(name, std::move(*text));
  }
  return values;
}

Result<> add_query(QueryValues& query, const Operation& operation, const json::object& params) {
  if (const json::value* const given = params.if_contains("query")) {
    if (!given->is_object()) return refuse("query", "must be an object");
    for (const auto& member : given->get_object()) {
      auto text = text_of(member.value());
      if (!text) return refuse(member.key(), "must be a string, a whole number, a boolean or a list of them");
      const Result<> set = query.set(member.key(), std::move(*text));
      if (!set) return set;
    }
  }
  for (const Parameter& parameter : operation.query_parameters()) {
    if (parameter.is_required && !query.has(parameter.name))
      return refuse(parameter.name, "is required in \"query\"");
  }
  return {};
}

Result<std::string> body_of(const Operation& operation, const json::object& params) {
  const json::value* const body = params.if_contains("body");
  if (body == nullptr) return std::string();
  if (!operation.has_body()) return refuse("body", "is not taken by this operation");
  if (!body->is_object() && !body->is_array()) return refuse("body", "must be an object or a list");
  return json::serialize(*body);
}

// What there is to say of a call, whichever way it was said.
struct Said {
  explicit Said(const Operation& operation) : query(operation) {}
  Values path;
  QueryValues query;
  std::string body;
};

Result<Said> typed(const catalogue::Named& named, const json::object& params) {
  Result<Placed> placed = place_typed(parameters_of(*named.short_name), params);
  if (!placed) return std::unexpected(placed.error());
  const Result<> together = check_together(*named.short_name, *placed);
  if (!together) return std::unexpected(together.error());
  Said said(named.operation);
  said.path = std::move(placed->path);
  for (auto& [name, value] : placed->query) {
    const Result<> set = said.query.set(name, std::move(value));
    if (!set) return std::unexpected(set.error());
  }
  for (const auto& [name, usual] : kFirstPage) {
    const bool has_pages = named.operation.query_parameters().find(name).has_value();
    if (!has_pages || said.query.has(name)) continue;
    const Result<> set = said.query.set(name, std::string(usual));
    if (!set) return std::unexpected(set.error());
  }
  if (!placed->body.empty()) said.body = json::serialize(placed->body);
  return said;
}

Result<Said> untyped(const catalogue::Named& named, const policy::Repository& repository,
                     const json::object& params) {
  Said said(named.operation);
  Result<Values> path = path_values(named.operation, repository, params);
  if (!path) return std::unexpected(path.error());
  said.path = std::move(*path);
  const Result<> query = add_query(said.query, named.operation, params);
  if (!query) return std::unexpected(query.error());
  Result<std::string> body = body_of(named.operation, params);
  if (!body) return std::unexpected(body.error());
  said.body = std::move(*body);
  return said;
}

}  // namespace

crypto::Digest OperationCall::digest() const {
  return crypto::sha256(std::string(named_.name()) + "\n" + target_ + "\n" + body_);
}

Result<OperationCall> OperationCall::read(const catalogue::Named& named, const policy::Repository& repository,
                                          const json::object& params, std::string_view page) {
  if (named.operation.is_on_upload_host()) {
    return fail(
        ErrorCode::kOperationNotAllowed,
        std::string(named.name()) + " sends a file to another host, which hubwarden does not do for callers");
  }
  Result<Said> said = named.short_name ? typed(named, params) : untyped(named, repository, params);
  if (!said) return std::unexpected(said.error());
  if (!page.empty() && !named.operation.is_read()) {
    return fail(ErrorCode::kInvalidRequest, "only reads have pages: the address takes no query here");
  }
  const Result<> paged = said->query.set_all(page);
  if (!paged) return std::unexpected(paged.error());
  Result<std::string> path = path_of(named.operation, repository, said->path);
  if (!path) return std::unexpected(path.error());

  OperationCall call(named, repository);
  const std::string query = said->query.text();
  call.target_ = std::move(*path) + (query.empty() ? "" : "?" + query);
  if (call.target_.size() > kMaxTarget)
    return fail(ErrorCode::kInvalidRequest, "the parameters are too long");
  // Whatever the parameters are, it is this operation and no other.
  const std::string_view whole = call.target_;
  const auto found = catalogue::match(named.operation.method(), whole.substr(0, whole.find('?')));
  if (!found || found->operation() != named.operation) {
    return fail(ErrorCode::kInvalidRequest, "these parameters make it another operation");
  }
  call.body_ = std::move(said->body);
  if (named.short_name == catalogue::ShortName::kCreatePullRequestComment) {
    call.pull_request_ = parse_number<std::int64_t>(*find(said->path, "issue_number"));
  }
  return call;
}

}  // namespace hubwarden::delivery
