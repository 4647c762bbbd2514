#include "delivery/operations/order.h"

#include <array>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "delivery/json_body.h"
#include "delivery/operations/path_value.h"
#include "delivery/refusal.h"

namespace hubwarden::delivery {
namespace {

constexpr std::size_t kMaxField = 512;
constexpr std::array<std::string_view, 2> kConditions = {"If-None-Match", "If-Modified-Since"};

bool is_media_type_of_github(std::string_view text) {
  return text.starts_with("application/vnd.github") || text == "application/octet-stream";
}

// Conditions, for they make an answer cheaper, and the forms that GitHub has of one thing (a diff, raw
// bytes).
Result<http::Fields> fields_for_github(const http::Request& request) {
  http::Fields fields;
  for (const std::string_view name : kConditions) {
    const auto value = request.fields().find(name);
    if (!value) continue;
    if (value->size() > kMaxField || !is_plain_text(*value)) {
      return fail(ErrorCode::kInvalidRequest, std::string(name) + " is not one that GitHub gave");
    }
    fields.add(name, *value);
  }
  const std::string_view accept = trim(request.fields().find("Accept").value_or(""));
  if (is_media_type_of_github(accept) && accept.size() <= kMaxField && is_plain_text(accept)) {
    fields.add("Accept", accept);
  }
  return fields;
}

Result<boost::json::object> params_of(const boost::json::object& body) {
  const boost::json::value* const params = body.if_contains("params");
  if (params == nullptr) return boost::json::object();
  if (!params->is_object()) return fail(ErrorCode::kInvalidRequest, "\"params\" must be an object");
  return params->get_object();
}

// A handle in the body, or a credential as everywhere else.
Result<auth::PrincipalPtr> who_asks(const http::Request& request, const boost::json::object& body,
                                    const Gate& gate) {
  if (!body.contains("proxy_handle")) return gate.session_or_handle(request);
  Result<std::string> handle = string_member(body, "proxy_handle");
  if (!handle) return std::unexpected(handle.error());
  const Secret secret = Secret::absorb(*handle);
  return gate.handle(request, secret.reveal());
}

// The only one that the credential is for need not be said.
Result<policy::Repository> repository_of(const boost::json::object& body, const auth::Principal& who) {
  const auto own = who.repositories();
  if (!body.contains("repository") && own.size() == 1) return own.front();
  const Result<std::string> name = string_member(body, "repository");
  if (!name) return std::unexpected(name.error());
  return policy::Repository::parse(*name);
}

Result<rules::Decision> authorise(const http::Request& request, const catalogue::Named& named,
                                  const policy::Repository& repository, const auth::Principal& who,
                                  const Gate& gate, Trial* trial) {
  if (!named.operation.works_with_installation_token()) {
    return fail(ErrorCode::kOperationNotAllowed,
                std::string(named.name()) + " is not for Apps: GitHub takes no installation's token for it");
  }
  const rules::Ask ask(named, {repository});
  const rules::Grant grant = gate.grant_of(who);
  rules::Decision decision = grant.decide(ask);
  if (trial != nullptr) trial->hear(request, who, grant, ask, decision);
  if (decision.verdict == rules::Verdict::kRefuse) return std::unexpected(refusal(grant, ask, decision));
  return decision;
}

void record_refusal(const http::Request& request, const catalogue::Named& named,
                    const policy::Repository& repository, const auth::Principal& who,
                    const Recorder& recorder, const Error& error) {
  ledger::Event event = recorder.event(ledger::EventKind::kDecision, who, request);
  event.error = error.code();
  event.repository = repository;
  event.operation = named.name();
  event.about = error.message();
  recorder.record(std::move(event));
}

Result<Order> order_of(const http::Request& request, const boost::json::object& body, const Gate& gate,
                       const Recorder& recorder, Trial* trial) {
  Result<auth::PrincipalPtr> who = who_asks(request, body, gate);
  if (!who) return std::unexpected(who.error());
  const Result<std::string> operation = string_member(body, "operation");
  if (!operation) return std::unexpected(operation.error());
  const Result<catalogue::Named> named = catalogue::parse_operation_name(*operation);
  if (!named) return std::unexpected(named.error());
  const Result<policy::Repository> repository = repository_of(body, **who);
  if (!repository) return std::unexpected(repository.error());
  Result<rules::Decision> decision = authorise(request, *named, *repository, **who, gate, trial);
  if (!decision) {
    record_refusal(request, *named, *repository, **who, recorder, decision.error());
    return std::unexpected(decision.error());
  }
  const Result<boost::json::object> params = params_of(body);
  if (!params) return std::unexpected(params.error());
  Result<OperationCall> call = OperationCall::read(*named, *repository, *params, request.query());
  if (!call) return std::unexpected(call.error());
  Order order(*std::move(who), *std::move(call), *std::move(decision));
  if (order.needs_consent()) {
    // A person reads the parameters, and is asked about nothing beside them.
    if (!request.query().empty()) {
      return fail(ErrorCode::kInvalidRequest, "what needs consent takes no query: say it in \"params\"");
    }
    order.parameters = boost::json::serialize(*params);
  }
  const rules::Grant grant = gate.grant_of(*order.who);
  const policy::PermissionSet* const most = grant.most();
  if (most != nullptr) order.most = *most;
  return order;
}

}  // namespace

http::Task<Result<Order>> read_order(http::Request& request, const Gate& gate, const Recorder& recorder,
                                     Trial* trial) {
  Result<std::string> text = co_await json_text(request);
  if (!text) co_return std::unexpected(text.error());
  const Result<boost::json::object> body =
      parse_json(*text, {"proxy_handle", "repository", "operation", "params"});
  wipe(*text);
  if (!body) co_return std::unexpected(body.error());
  Result<Order> order = order_of(request, *body, gate, recorder, trial);
  if (!order) co_return order;
  Result<http::Fields> fields = fields_for_github(request);
  if (!fields) co_return std::unexpected(fields.error());
  order->fields = std::move(*fields);
  const auto key = request.fields().find("Idempotency-Key");
  if (key && (order->is_write() || order->needs_consent())) order->idempotency_key = std::string(*key);
  co_return order;
}

}  // namespace hubwarden::delivery
