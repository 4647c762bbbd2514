#include "ledger/body_members.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>

#include "ledger/canonical.h"
#include "ledger/hash_text.h"
#include "store/hex_id.h"
#include "wire/strict_json.h"

namespace hubwarden::ledger {
namespace {

namespace bj = boost::json;

constexpr std::size_t kMaxDepth = 3;  // an object, its list, and objects in that

std::optional<std::uint64_t> number_at(const bj::object& object, std::string_view name) {
  const bj::value* const value = object.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (const std::int64_t* const small = value->if_int64(); small != nullptr && *small >= 0) {
    return static_cast<std::uint64_t>(*small);
  }
  const std::uint64_t* const large = value->if_uint64();
  return large != nullptr ? std::optional(*large) : std::nullopt;
}

std::optional<ErrorCode> parse_error_code(std::string_view text) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    if (to_string(static_cast<ErrorCode>(i)) == text) return static_cast<ErrorCode>(i);
  }
  return std::nullopt;
}

std::optional<LedgerHead> head_in(const bj::value& value) {
  const bj::object* const object = value.if_object();
  if (object == nullptr) return std::nullopt;
  const auto hash_text = wire::text_at(*object, "hash");
  const auto replica_text = wire::text_at(*object, "replica");
  const auto sequence = number_at(*object, "sequence");
  const auto hash = hash_text ? parse_hash(*hash_text) : std::nullopt;
  const auto replica = replica_text ? store::parse_hex_id(*replica_text) : std::nullopt;
  if (!hash || !replica || !sequence) return std::nullopt;
  return LedgerHead(ReplicaId(*replica), *sequence, *hash);
}

std::optional<Body> started(const bj::object& object, TimePoint at) {
  const bj::value* const list = object.if_contains("heads");
  const bj::array* const heads = list != nullptr ? list->if_array() : nullptr;
  if (heads == nullptr || heads->size() > ChainStarted::kMaxHeads) return std::nullopt;
  ChainStarted started(at, {});
  for (const bj::value& each : *heads) {
    const std::optional<LedgerHead> head = head_in(each);
    const bool is_in_order = started.heads.empty() || (head && started.heads.back().replica < head->replica);
    if (!head || !is_in_order) return std::nullopt;
    started.heads.push_back(*head);
  }
  return started;
}

// A member that is there and cannot be read makes the whole event unreadable: its text differs then.
class EventReader {
 public:
  explicit EventReader(const bj::object& object) : object_(object) {}

  std::optional<Body> read(EventKind kind, TimePoint at) {
    const auto actor = parse_actor_kind(text("actor"));
    const std::string_view outcome = text("outcome");
    if (!actor || (outcome != kWentWell && !parse_error_code(outcome))) return std::nullopt;
    Event event(kind, at, Actor(*actor, std::string(text("subject"))));
    if (outcome != kWentWell) event.error = parse_error_code(outcome);
    event.times = number_at(object_, "times").value_or(1);
    if (const auto micros = number_at(object_, "duration_us"); micros && *micros < kMaxMicros) {
      event.duration = std::chrono::microseconds(*micros);
    }
    event.session = store::parse_hex_id(text("session"));
    if (const auto id = store::parse_hex_id(text("handle"))) event.handle = store::HandleId(*id);
    event.fingerprint = crypto::Fingerprint::parse(text("fingerprint"));
    read_names(event);
    event.about = text("about");
    event.agent = text("agent");
    event.rule = text("rule");
    event.operation = text("operation");
    event.request_id = text("request_id");
    event.github_request_id = text("github_request_id");
    return event;
  }

 private:
  // Beyond, nanoseconds overflow.
  static constexpr std::uint64_t kMaxMicros = 1'000'000'000'000'000;

  void read_names(Event& event) const {
    take(policy::WorkspaceId::parse(text("workspace")), event.workspace);
    take(policy::HostName::parse(text("host")), event.host);
    take(policy::Repository::parse(text("repository")), event.repository);
    take(policy::PermissionSet::parse(text("permissions")), event.permissions);
  }
  template <class T>
  static void take(Result<T> parsed, std::optional<T>& into) {
    if (parsed) into.emplace(*std::move(parsed));
  }
  std::string_view text(std::string_view name) const { return wire::text_at(object_, name).value_or(""); }

  const bj::object& object_;
};

}  // namespace

std::optional<Body> read_members(std::string_view text) {
  const auto document = wire::parse_strict_json(text, kMaxDepth);
  const bj::object* const object = document ? document->if_object() : nullptr;
  if (object == nullptr) return std::nullopt;
  const std::string_view kind = wire::text_at(*object, "kind").value_or("");
  const auto at = parse_time_text(wire::text_at(*object, "at").value_or(""));
  if (!at) return std::nullopt;
  if (const auto event = parse_event_kind(kind)) return EventReader(*object).read(*event, *at);
  if (kind == kChainStarted) return started(*object, *at);
  if (kind == kCheckpoint) return Checkpoint(*at);
  if (kind == kChainEnded) return ChainEnded(*at);
  const auto count = number_at(*object, "count");
  if (kind == kEventsLost && count) return EventsLost(*at, *count);
  return std::nullopt;
}

}  // namespace hubwarden::ledger
