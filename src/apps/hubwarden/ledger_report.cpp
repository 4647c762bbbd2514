#include "apps/hubwarden/ledger_report.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/text.h"
#include "ledger/body_text.h"
#include "ledger/canonical.h"
#include "ledger/hash_text.h"
#include "ledger/line.h"
#include "store/hex_id.h"
#include "wire/strict_json.h"

namespace hubwarden::apps {
namespace {

namespace bj = boost::json;
using ledger::ChainSummary;
using ledger::Problem;
using ledger::Report;

constexpr std::size_t kMaxDepth = 3;  // of a verification's object

std::string count_text(std::uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::string place_of(const Problem& problem) {
  std::string place;
  if (problem.line > 0) place = "line " + std::to_string(problem.line);
  if (problem.replica) {
    place.append(place.empty() ? "" : ", ").append("chain ").append(to_text(*problem.replica));
    if (problem.sequence > 0) place.append(", record ").append(std::to_string(problem.sequence));
  }
  return place;
}

std::string chain_line(const ChainSummary& chain) {
  std::string line = "chain " + to_text(chain.head.replica) + "  " + std::to_string(chain.first) + "-" +
                     std::to_string(chain.head.sequence) + "  ";
  line += chain.is_ended ? "ended " : "open, last record ";
  line += ledger::time_text(chain.ended_at);
  if (chain.unsigned_records > 0)
    line += ", " + count_text(chain.unsigned_records, "record") + " not signed for";
  return line + "\n";
}

bj::object problem_json(const Problem& problem) {
  bj::object out;
  out["what"] = to_string(problem.what);
  if (problem.line > 0) out["line"] = problem.line;
  if (problem.replica) out["replica"] = to_text(*problem.replica);
  if (problem.sequence > 0) out["sequence"] = problem.sequence;
  out["message"] = problem.text;
  return out;
}

bj::object chain_json(const ChainSummary& chain) {
  bj::object out;
  out["replica"] = to_text(chain.head.replica);
  out["first"] = chain.first;
  out["last"] = chain.head.sequence;
  out["hash"] = hex(chain.head.hash);
  out["at"] = ledger::time_text(chain.ended_at);
  out["ended"] = chain.is_ended;
  out["not_signed_for"] = chain.unsigned_records;
  return out;
}

std::optional<ledger::LedgerHead> head_in(const bj::value& value) {
  const bj::object* const chain = value.if_object();
  const bj::value* const last = chain != nullptr ? chain->if_contains("last") : nullptr;
  const std::int64_t* const sequence = last != nullptr ? last->if_int64() : nullptr;
  if (sequence == nullptr || *sequence < 1) return std::nullopt;
  const auto replica = store::parse_hex_id(wire::text_at(*chain, "replica").value_or(""));
  const auto hash = ledger::parse_hash(wire::text_at(*chain, "hash").value_or(""));
  if (!replica || !hash) return std::nullopt;
  return ledger::LedgerHead(ledger::ReplicaId(*replica), static_cast<std::uint64_t>(*sequence), *hash);
}

// A member as people read it.
std::string shown(const bj::value& value) {
  if (const bj::string* const text = value.if_string()) return std::string(*text);
  if (const bj::array* const list = value.if_array()) return std::to_string(list->size());
  return bj::serialize(value);
}

}  // namespace

std::string verification_text(const Report& report) {
  std::string text;
  if (report.problem) {
    const std::string place = place_of(*report.problem);
    text.append(place).append(place.empty() ? "" : ": ").append(to_string(report.problem->what));
    return text.append(": ").append(report.problem->text).append("\n");
  }
  text = "whole: " + count_text(report.lines, "line") + ", " + count_text(report.chains.size(), "chain") +
         ", " + count_text(report.events, "event");
  if (report.lost > 0) text += "; " + count_text(report.lost, "event") + " could not be written";
  text += '\n';
  for (const ChainSummary& chain : report.chains) text += chain_line(chain);
  return text;
}

std::string verification_json(const Report& report) {
  bj::object out;
  out["whole"] = !report.problem;
  if (report.problem) out["problem"] = problem_json(*report.problem);
  out["lines"] = report.lines;
  out["events"] = report.events;
  out["lost"] = report.lost;
  bj::array chains;
  for (const ChainSummary& chain : report.chains) chains.push_back(chain_json(chain));
  out["chains"] = std::move(chains);
  return bj::serialize(out) + "\n";
}

Result<std::vector<ledger::LedgerHead>> known_heads(std::string_view json) {
  const auto document = wire::parse_strict_json(json, kMaxDepth);
  const bj::object* const report = document ? document->if_object() : nullptr;
  const bj::value* const list = report != nullptr ? report->if_contains("chains") : nullptr;
  const bj::array* const chains = list != nullptr ? list->if_array() : nullptr;
  if (chains == nullptr) return fail(ErrorCode::kInvalidRequest, "not what `ledger verify --json` prints");
  std::vector<ledger::LedgerHead> heads;
  for (const bj::value& each : *chains) {
    const auto head = head_in(each);
    if (!head) return fail(ErrorCode::kInvalidRequest, "a chain in it cannot be read");
    heads.push_back(*head);
  }
  return heads;
}

std::optional<ShownRecord> shown_record(std::string_view line) {
  const std::optional<ledger::Line> read = ledger::read_line(line);
  const auto* const record = read ? std::get_if<ledger::Record>(&*read) : nullptr;
  std::optional<ledger::Body> body = record != nullptr ? ledger::parse_body(record->body) : std::nullopt;
  if (!body) return std::nullopt;
  return ShownRecord(record->replica, record->sequence, *std::move(body), std::string(line));
}

std::string record_text(const ShownRecord& record) {
  const bj::value document = bj::parse(ledger::canonical(record.body));
  std::string text = ledger::time_text(time_of(record.body));
  constexpr std::string_view kFirst[] = {"kind", "outcome", "actor", "subject"};
  for (const std::string_view name : kFirst) {
    if (const bj::value* const value = document.as_object().if_contains(name)) text += "  " + shown(*value);
  }
  for (const auto& member : document.as_object()) {
    const std::string_view name = member.key();
    if (name == "at" || std::ranges::find(kFirst, name) != std::end(kFirst)) continue;
    text.append("  ").append(name).append("=").append(shown(member.value()));
  }
  return text + "\n";
}

bool Holders::add(const ledger::Event& event) {
  Who who = {{"kind", std::string(to_string(event.kind))},
             {"actor", std::string(to_string(event.actor.kind))}};
  const auto add = [&](const char* name, std::string value) {
    if (!value.empty()) who.emplace_back(name, std::move(value));
  };
  add("subject", event.actor.subject);
  add("agent", event.agent);
  add("workspace", event.workspace ? event.workspace->text() : "");
  add("session", event.session ? store::to_hex_id(*event.session) : "");
  add("handle", event.handle ? to_text(*event.handle) : "");
  add("repository", event.repository ? event.repository->shown() : "");
  if (times_.size() == kMax && !times_.contains(who)) return false;
  Span& span = times_[std::move(who)];
  span.first = span.times == 0 ? event.at : std::min(span.first, event.at);
  span.last = span.times == 0 ? event.at : std::max(span.last, event.at);
  span.times += event.times;
  return true;
}

std::string Holders::text() const {
  std::string text;
  for (const auto& [who, span] : times_) {
    text.append(ledger::time_text(span.first)).append("  ").append(ledger::time_text(span.last));
    text.append("  ").append(count_text(span.times, "time"));
    for (const auto& [name, value] : who) text.append("  ").append(name).append("=").append(value);
    text += '\n';
  }
  return text;
}

std::string Holders::json() const {
  std::string text;
  for (const auto& [who, span] : times_) {
    bj::object out;
    out["first_at"] = ledger::time_text(span.first);
    out["last_at"] = ledger::time_text(span.last);
    out["times"] = span.times;
    for (const auto& [name, value] : who) out[name] = value;
    text += bj::serialize(out) + "\n";
  }
  return text;
}

}  // namespace hubwarden::apps
