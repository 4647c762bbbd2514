#include "ledger/body_text.h"

#include "base/text.h"
#include "ledger/body_members.h"
#include "ledger/canonical.h"
#include "store/hex_id.h"

namespace hubwarden::ledger {
namespace {

std::uint64_t micros_of(Duration duration) {
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(std::chrono::floor<std::chrono::microseconds>(duration).count(), 0));
}

// Members in the order of their names, those that say nothing left out.
class EventWriter {
 public:
  explicit EventWriter(std::string& out) : object_(out) {}

  void write(const Event& event) {
    text("about", event.about);
    object_.text("actor", to_string(event.actor.kind));
    text("agent", event.agent);
    object_.time("at", event.at);
    if (event.duration) object_.number("duration_us", micros_of(*event.duration));
    if (event.fingerprint) object_.text("fingerprint", event.fingerprint->text());
    text("github_request_id", event.github_request_id);
    if (event.handle) object_.text("handle", to_text(*event.handle));
    if (event.host) object_.text("host", event.host->text());
    object_.text("kind", to_string(event.kind));
    text("operation", event.operation);
    object_.text("outcome", event.error ? to_string(*event.error) : kWentWell);
    if (event.permissions) object_.text("permissions", event.permissions->text());
    if (event.repository) object_.text("repository", event.repository->shown());
    text("request_id", event.request_id);
    text("rule", event.rule);
    if (event.session) object_.text("session", store::to_hex_id(*event.session));
    text("subject", event.actor.subject);
    if (event.times != 1) object_.number("times", event.times);
    if (event.workspace) object_.text("workspace", event.workspace->text());
    object_.end();
  }

 private:
  void text(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    const std::string shown = shown_text(value, Event::kMaxText);
    if (!shown.empty()) object_.text(name, shown);
  }

  CanonicalObject object_;
};

// What every record of the chain about itself has.
std::string about_chain(std::string_view kind, TimePoint at) {
  std::string out;
  CanonicalObject object(out);
  object.time("at", at);
  object.text("kind", kind);
  object.end();
  return out;
}

struct Writer {
  std::string operator()(const Event& event) const {
    std::string out;
    EventWriter(out).write(event);
    return out;
  }
  std::string operator()(const ChainStarted& started) const {
    std::string out;
    CanonicalObject object(out);
    object.time("at", started.at);
    object.begin("heads");
    out += '[';
    for (const LedgerHead& head : started.heads) {
      if (out.back() != '[') out += ',';
      write(out, head);
    }
    out += ']';
    object.text("kind", kChainStarted);
    object.number("version", kVersion);
    object.end();
    return out;
  }
  std::string operator()(const Checkpoint& checkpoint) const {
    return about_chain(kCheckpoint, checkpoint.at);
  }
  std::string operator()(const ChainEnded& ended) const { return about_chain(kChainEnded, ended.at); }
  std::string operator()(const EventsLost& lost) const {
    std::string out;
    CanonicalObject object(out);
    object.time("at", lost.at);
    object.number("count", lost.count);
    object.text("kind", kEventsLost);
    object.end();
    return out;
  }

 private:
  static void write(std::string& out, const LedgerHead& head) {
    CanonicalObject object(out);
    object.text("hash", hex(head.hash));
    object.text("replica", to_text(head.replica));
    object.number("sequence", head.sequence);
    object.end();
  }
};

}  // namespace

std::string canonical(const Body& body) {
  return std::visit(Writer(), body);
}

std::optional<Body> parse_body(std::string_view text) {
  std::optional<Body> body = read_members(text);
  // Whatever else would read the same, such as other blanks or another order, is not what was written.
  if (!body || canonical(*body) != text) return std::nullopt;
  return body;
}

}  // namespace hubwarden::ledger
