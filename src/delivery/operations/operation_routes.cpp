#include "delivery/operations/operation_routes.h"

#include <array>

#include "delivery/charges.h"
#include "delivery/error_answer.h"
#include "delivery/operations/consent.h"
#include "delivery/operations/metered_body.h"

namespace hubwarden::delivery {
namespace {

// A write that may have been carried out although there is no answer that says so.
bool is_in_doubt(const Error& error) {
  if (error.never_sent()) return false;
  switch (error.code()) {
    case ErrorCode::kUpstreamUnavailable:
    case ErrorCode::kUpstreamTimeout:
    case ErrorCode::kInternal: return true;
    case ErrorCode::kUpstreamProtocol: return !error.upstream_status();
    default: return false;
  }
}

Error with_doubt(const Error& error) {
  Error told(error.code(), error.message() +
                               "; whether GitHub carried out the write is not known, and under this "
                               "Idempotency-Key it is not sent again");
  told = std::move(told).with_detail(error.detail());
  return error.upstream_status() ? std::move(told).with_upstream_status(*error.upstream_status()) : told;
}

http::Response response_of(Performed performed) {
  http::Response response(performed.status);
  response.fields() = std::move(performed.fields);
  if (performed.body) response.body() = std::move(performed.body);
  return response;
}

http::Response response_of(const KeptAnswer& kept) {
  http::Response response(kept.status);
  response.fields() = kept.fields;
  if (!kept.body.empty()) response.body() = kept.body;
  return response;
}

Result<http::Response> again(const KeptOutcome& outcome) {
  if (const auto* const error = std::get_if<Error>(&outcome)) return std::unexpected(*error);
  http::Response response = response_of(*std::get<std::shared_ptr<const KeptAnswer>>(outcome));
  response.fields().add("Idempotent-Replayed", "true");
  return response;
}

// A body of which the beginning was read already.
class BodyWithBeginning final : public http::BodySource {
 public:
  BodyWithBeginning(std::string beginning, std::unique_ptr<http::BodySource> rest)
      : beginning_(std::move(beginning)), rest_(std::move(rest)) {}

  http::Task<Result<std::size_t>> read(std::span<char> into) override {
    const std::size_t count = beginning_.copy(into.data(), into.size(), at_);
    at_ += count;
    if (count > 0) co_return count;
    Result<std::size_t> got = co_await rest_->read(into);
    co_return got;
  }
  std::optional<std::uint64_t> length() const override { return rest_->length(); }

 private:
  std::string beginning_;
  std::unique_ptr<http::BodySource> rest_;
  std::size_t at_ = 0;
};

// Up to `most` bytes and a little more; whole if it ended by then.
struct Beginning {
  std::string text;
  bool is_whole = false;
};

http::Task<Result<Beginning>> beginning_of(http::BodySource* body, std::size_t most) {
  Beginning beginning;
  beginning.is_whole = body == nullptr;
  std::array<char, 8192> piece{};
  while (!beginning.is_whole && beginning.text.size() <= most) {
    const Result<std::size_t> got = co_await body->read(piece);
    if (!got) co_return std::unexpected(got.error());
    beginning.is_whole = *got == 0;
    beginning.text.append(piece.data(), *got);
  }
  co_return beginning;
}

}  // namespace

OperationRoutes::OperationRoutes(Parts parts, OperationRules rules)
    : parts_(parts),
      rules_(std::move(rules)),
      outcomes_(parts.metrics.counters(
          "hubwarden_operations_total", "Operations on GitHub, by what they came to",
          {{"access", {"read", "write"}}, {"outcome", {"done", "refused", "failed"}}})),
      replays_(parts.metrics.counter("hubwarden_operation_replays_total",
                                     "Writes answered from what the same Idempotency-Key came to before")) {
}

http::Reply OperationRoutes::post(http::Request& request) {
  return answer(request);
}

http::Task<http::Response> OperationRoutes::answer(http::Request& request) {
  Result<Order> order = co_await read_order(request, parts_.gate, parts_.recorder, parts_.trial);
  if (!order) co_return error_answer(order.error(), request.id());
  if (order->needs_consent()) {
    http::Task<Result<std::optional<http::Response>>> asking = ask(request, *order);
    Result<std::optional<http::Response>> waiting = co_await std::move(asking);
    if (!waiting) co_return tell(request, *order, std::unexpected(waiting.error()));
    if (*waiting) co_return **std::move(waiting);
  }
  http::Task<http::Response> doing = carry_out_and_tell(request, *order);
  http::Response response = co_await std::move(doing);
  co_return response;
}

http::Task<http::Response> OperationRoutes::carry_out_and_tell(const http::Request& request,
                                                               const Order& order) {
  const auto timeout = std::chrono::duration_cast<SteadyPoint::duration>(rules_.timeout);
  const http::CallContext context(parts_.clock.steady_now() + timeout, http::trace_of(request));
  const SteadyPoint begun = parts_.clock.steady_now();
  http::Task<Result<>> intending = record_intent(request, order);
  const Result<> intended = co_await std::move(intending);
  if (!intended) co_return tell(request, order, std::unexpected(intended.error()));
  const bool is_once = order.idempotency_key.has_value();
  http::Task<Answer> doing =
      is_once ? carry_out_once(order, context, request.id()) : carry_out(order, context);
  Answer done = co_await std::move(doing);
  record(request, order, done, parts_.clock.steady_now() - begun);
  co_return tell(request, order, std::move(done));
}

http::Task<Result<std::optional<http::Response>>> OperationRoutes::ask(const http::Request& request,
                                                                       Order& order) {
  net::Task<Result<store::Approval>> asking = ask_consent(parts_.approvals, order, request.id());
  Result<store::Approval> asked = co_await std::move(asking);
  if (!asked) {
    ledger::Event event = event_of(request, order, ledger::EventKind::kDecision);
    event.error = asked.error().code();
    event.about = asked.error().message();
    parts_.recorder.record(std::move(event));
    co_return std::unexpected(asked.error());
  }
  if (is_waiting(*asked)) co_return waiting_answer(*asked, parts_.clock.now());
  order.approval = *std::move(asked);
  co_return std::nullopt;
}

// What is going to be written must not happen unseen, whatever becomes of this process in the middle of it.
http::Task<Result<>> OperationRoutes::record_intent(const http::Request& request, const Order& order) const {
  if (!order.is_write() || !parts_.recorder.is_required()) co_return Result<>();
  ledger::Event event = event_of(request, order, ledger::EventKind::kDecision);
  event.about = "to be carried out";
  net::Task<Result<>> recording = parts_.recorder.record_before(std::move(event));
  Result<> recorded = co_await std::move(recording);
  co_return recorded;
}

void OperationRoutes::record(const http::Request& request, const Order& order, const Answer& answer,
                             Duration took) const {
  ledger::Event event = event_of(request, order, ledger::EventKind::kOperation);
  event.duration = took;
  if (answer) {
    event.github_request_id = answer->fields().find("X-GitHub-Request-Id").value_or("");
  } else {
    event.error = answer.error().code();
  }
  parts_.recorder.record(std::move(event));
}

ledger::Event OperationRoutes::event_of(const http::Request& request, const Order& order,
                                        ledger::EventKind kind) const {
  ledger::Event event = parts_.recorder.event(kind, *order.who, request);
  event.rule = order.decision.rule;
  event.repository = order.call.repository();
  event.operation = order.call.named().name();
  return event;
}

http::Task<Result<OperationRoutes::LeasePtr>> OperationRoutes::lease_for(
    const Order& order, const http::CallContext& context) const {
  const auto kind = order.is_write() ? policy::CallKind::kWrite : policy::CallKind::kRead;
  // When even the longest body is through.
  const SteadyPoint ended = context.deadline + github::Rest::kLongestBody;
  return charge(charges_of(*order.who, order.decision, parts_.budgets), kind, parts_.clock, ended);
}

http::Task<Result<Performed>> OperationRoutes::perform(const Order& order, LeasePtr lease,
                                                       http::CallContext context) {
  const std::optional<policy::HostName> host = order.who->host();
  Asker asker(host ? host->text() : rules_.usual_host, order.who->name());
  asker.is_background = order.who->priority() == policy::Priority::kBackground;
  asker.most = order.most;
  asker.may_go_on = [&gate = parts_.gate, who = order.who] { return gate.may_go_on(*who); };
  Result<Performed> done =
      co_await parts_.performer.perform(order.call, std::move(asker), order.fields, context);
  // What was never sent does not count.
  if (!done && done.error().never_sent()) lease->give_back();
  if (!done || !done->body) co_return done;
  auto metered = std::make_unique<MeteredBody>(std::move(done->body), std::move(lease));
  http::Task<Result<>> counting = metered->count_ahead();
  const Result<> fits = co_await std::move(counting);
  if (!fits) co_return std::unexpected(fits.error());
  done->body = std::move(metered);
  co_return done;
}

http::Task<OperationRoutes::Answer> OperationRoutes::carry_out(const Order& order,
                                                               http::CallContext context) {
  http::Task<Result<LeasePtr>> leasing = lease_for(order, context);
  Result<LeasePtr> lease = co_await std::move(leasing);
  if (!lease) co_return std::unexpected(lease.error());
  Result<Performed> done = co_await perform(order, std::move(*lease), context);
  if (!done) co_return std::unexpected(done.error());
  co_return response_of(std::move(*done));
}

http::Task<Result<OperationRoutes::LeasePtr>> OperationRoutes::leave_for(const Order& order,
                                                                         http::CallContext context,
                                                                         std::string_view request_id) {
  http::Task<Result<LeasePtr>> leasing = lease_for(order, context);
  Result<LeasePtr> lease = co_await std::move(leasing);
  if (!lease || !order.approval) co_return lease;
  net::Task<Result<>> asking = parts_.approvals.use(*order.approval, order.decision, request_id);
  const Result<> may = co_await std::move(asking);
  if (may) co_return lease;
  (*lease)->give_back();
  co_return std::unexpected(may.error());
}

http::Task<OperationRoutes::Answer> OperationRoutes::carry_out_once(const Order& order,
                                                                    http::CallContext context,
                                                                    std::string_view request_id) {
  Result<Idempotency::Turn> turn = co_await parts_.writes.begin(order.who->name(), *order.idempotency_key,
                                                                order.call.digest(), context.deadline);
  if (!turn) co_return std::unexpected(turn.error());
  if (const KeptOutcome* const kept = turn->kept()) {
    replays_.add();
    co_return again(*kept);
  }
  http::Task<Result<LeasePtr>> leaving = leave_for(order, context, request_id);
  Result<LeasePtr> lease = co_await std::move(leaving);
  if (!lease) co_return std::unexpected(lease.error());
  Result<Performed> done = co_await perform(order, std::move(*lease), context);
  if (!done) {
    if (!order.is_write() || !is_in_doubt(done.error())) co_return std::unexpected(done.error());
    const Error doubt = with_doubt(done.error());
    turn->in_doubt(doubt);
    co_return std::unexpected(doubt);
  }
  const std::string_view what = order.is_write() ? "the write" : "the read";
  Answer kept = co_await keep(std::move(*turn), std::move(*done), what);
  co_return kept;
}

// What GitHub did is told whole, and again to whoever asks again.
http::Task<OperationRoutes::Answer> OperationRoutes::keep(Idempotency::Turn turn, Performed done,
                                                          std::string_view what) {
  Result<Beginning> beginning = co_await beginning_of(done.body.get(), Idempotency::kMaxBody);
  if (!beginning) {
    const Error lost = Error(beginning.error().code(),
                             "GitHub carried out " + std::string(what) + ", but its answer broke off")
                           .with_upstream_status(done.status);
    turn.in_doubt(lost);
    co_return std::unexpected(lost);
  }
  if (!beginning->is_whole) {
    turn.in_doubt(Error(ErrorCode::kConflict,
                        std::string(what) + " was carried out; its answer was too large to be given again"));
    done.body = std::make_unique<BodyWithBeginning>(std::move(beginning->text), std::move(done.body));
    co_return response_of(std::move(done));
  }
  KeptAnswer kept(done.status, std::move(done.fields), std::move(beginning->text));
  http::Response response = response_of(kept);
  turn.keep(std::move(kept));
  co_return response;
}

http::Response OperationRoutes::tell(const http::Request& request, const Order& order, Answer answer) {
  const bool is_write = order.is_write();
  const int status = answer ? answer->status() : status_of(answer.error().code());
  const Outcome outcome = answer ? Outcome::kDone : status < 500 ? Outcome::kRefused : Outcome::kFailed;
  outcomes_.at(is_write, outcome).add();
  const auto severity = outcome == Outcome::kFailed             ? obs::Severity::kWarning
                        : is_write && outcome == Outcome::kDone ? obs::Severity::kInfo
                                                                : obs::Severity::kDebug;
  if (parts_.log.enabled(severity)) {
    const std::string caller = order.who->name();
    const std::string_view error = answer ? std::string_view() : to_string(answer.error().code());
    parts_.log.event(severity, "operation.answered",
                     {{"caller", std::string_view(caller)},
                      {"rule", std::string_view(order.decision.rule)},
                      {"operation", order.call.named().name()},
                      {"repository", order.call.repository().shown()},
                      {"status", status},
                      {"error", error},
                      obs::request_id(request.id()),
                      http::trace_id(http::trace_of(request))});
  }
  return answer ? std::move(*answer) : error_answer(answer.error(), request.id());
}

}  // namespace hubwarden::delivery
