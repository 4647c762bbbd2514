#include "apps/hubwarden/ledger_command.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "apps/hubwarden/exit_status.h"
#include "apps/hubwarden/ledger_keys.h"
#include "apps/hubwarden/ledger_report.h"
#include "apps/hubwarden/ledger_source.h"
#include "apps/hubwarden/ledger_tail.h"
#include "base/text.h"
#include "base/time_text.h"
#include "config/load.h"

namespace hubwarden::apps {
namespace {

using ledger::VerifyingKeys;
using store::LedgerQuery;

// What went wrong, and the exit status for it. The text may have several lines.
struct Stop {
  Stop(ExitStatus with, std::string why) : status(with), message(std::move(why)) {}
  ExitStatus status;
  std::string message;
};
template <class T>
using Step = std::expected<T, Stop>;

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

int complain(const Stop& stop) {
  std::fprintf(stderr, "hubwarden: %s\n", stop.message.c_str());
  return stop.status;
}

std::unexpected<Stop> stop(ExitStatus status, std::string message) {
  return std::unexpected(Stop(status, std::move(message)));
}

Step<config::Config> configuration(const LedgerOptions& options) {
  auto loaded =
      config::load({.path = options.config_path}, config::process_environment(), config::SystemFiles());
  if (loaded) return std::move(loaded->config);
  std::string text = "the configuration cannot be read";
  for (const config::Problem& problem : loaded.error()) text += "\n" + problem.text();
  return stop(kConfigurationError, std::move(text));
}

Step<std::unique_ptr<LedgerSource>> source_of(const LedgerOptions& options) {
  if (!options.files.empty()) return ledger_files(options.files);
  const Step<config::Config> config = configuration(options);
  if (!config) return std::unexpected(config.error());
  Result<std::unique_ptr<LedgerSource>> source = open_ledger(config->records);
  if (!source) return stop(kNotReachable, source.error().message());
  return *std::move(source);
}

Step<std::vector<std::string>> configured_keys(const LedgerOptions& options) {
  const Step<config::Config> config = configuration(options);
  if (!config) return std::unexpected(config.error());
  const Result<std::vector<ledger::SigningKey>> keys = ledger_keys(*config);
  if (!keys) return stop(kConfigurationError, keys.error().message());
  std::vector<std::string> texts;
  for (const ledger::SigningKey& key : *keys) texts.push_back(key.public_text());
  return texts;
}

Step<VerifyingKeys> keys_of(const LedgerOptions& options) {
  Step<std::vector<std::string>> texts = options.public_keys;
  if (texts->empty()) texts = configured_keys(options);
  if (!texts) return std::unexpected(texts.error());
  Result<VerifyingKeys> keys = VerifyingKeys::parse(*texts);
  if (!keys) return stop(kWrongUsage, keys.error().message());
  return *std::move(keys);
}

Step<std::vector<ledger::LedgerHead>> known_in(const std::string& path) {
  std::vector<ledger::LedgerHead> nothing;
  if (path.empty()) return nothing;
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  Result<std::vector<ledger::LedgerHead>> heads = known_heads(text);
  if (!heads) return stop(kWrongUsage, path + ": " + heads.error().message());
  return *std::move(heads);
}

// Replicas write while it is read: a chain may have grown before another names what it has grown by.
Result<ledger::Report> verify(LedgerSource& source, const VerifyingKeys& keys,
                              const std::vector<ledger::LedgerHead>& known, bool is_part) {
  constexpr int kCatchUps = 3;
  ledger::Verifier verifier(keys);
  if (is_part) verifier.allow_part();
  for (const ledger::LedgerHead& head : known) verifier.expect(head);
  const TakeLines take = [&](std::string_view lines) { verifier.feed(lines); };
  if (const Result<> read = source.read(LedgerQuery(), take); !read) return std::unexpected(read.error());
  for (int i = 0; i < kCatchUps && !verifier.behind().empty(); ++i) {
    const Result<> read = source.read_behind(verifier.behind(), take);
    if (!read) return std::unexpected(read.error());
  }
  return verifier.finish();
}

std::optional<TimePoint> parse_since(const std::string& text) {
  if (const auto ago = parse_duration(text)) {
    return SystemClock().now() - std::chrono::duration_cast<TimePoint::duration>(*ago);
  }
  return parse_rfc3339(text);
}

Step<LedgerQuery> query_of(const ExportOptions& wanted) {
  LedgerQuery query;
  if (!wanted.since.empty()) {
    query.since = parse_since(wanted.since);
    if (!query.since) return stop(kWrongUsage, "--since is a time (RFC 3339) or how long ago, like 7d");
  }
  if (!wanted.replica.empty()) {
    const Result<store::ReplicaId> replica = store::parse_replica_id(wanted.replica);
    if (!replica) return stop(kWrongUsage, replica.error().message());
    query.replica = *replica;
  }
  return query;
}

// Three dots are easier to type.
std::string with_ellipsis(std::string fingerprint) {
  constexpr std::string_view kDots = "...";
  const std::size_t at = fingerprint.find(kDots);
  if (at != std::string::npos) fingerprint.replace(at, kDots.size(), "…");
  return fingerprint;
}

}  // namespace

int verify_ledger(const LedgerOptions& options, const VerifyOptions& wanted) {
  const Step<VerifyingKeys> keys = keys_of(options);
  if (!keys) return complain(keys.error());
  const auto known = known_in(wanted.known_file);
  if (!known) return complain(known.error());
  const Step<std::unique_ptr<LedgerSource>> source = source_of(options);
  if (!source) return complain(source.error());
  Result<ledger::Report> report = verify(**source, *keys, *known, wanted.is_part);
  // What was pruned while it was read looks like a hole, once. A stream can be read once.
  const bool may_read_again = options.files.empty();
  if (report && report->problem && may_read_again) report = verify(**source, *keys, *known, wanted.is_part);
  if (!report) return complain(Stop(kNotReachable, report.error().message()));
  print(options.json ? verification_json(*report) : verification_text(*report));
  return report->problem ? kFailed : kDone;
}

int tail_ledger(const LedgerOptions& options, const TailOptions& wanted) {
  const Step<std::unique_ptr<LedgerSource>> source = source_of(options);
  if (!source) return complain(source.error());
  const auto show = [&](const ShownRecord& record) {
    print(options.json ? record.line + "\n" : record_text(record));
  };
  LedgerTail tail(**source);
  Result<> shown = tail.first(wanted.count, show);
  while (shown && wanted.follow) {
    std::fflush(stdout);
    LedgerTail::pause();
    shown = tail.next(show);
  }
  if (!shown) return complain(Stop(kNotReachable, shown.error().message()));
  return kDone;
}

int export_ledger(const LedgerOptions& options, const ExportOptions& wanted) {
  const Step<LedgerQuery> query = query_of(wanted);
  if (!query) return complain(query.error());
  const Step<std::unique_ptr<LedgerSource>> source = source_of(options);
  if (!source) return complain(source.error());
  const Result<> read = (*source)->read(*query, [](std::string_view lines) { print(std::string(lines)); });
  if (!read) return complain(Stop(kNotReachable, read.error().message()));
  return kDone;
}

int who_had(const LedgerOptions& options, const std::string& fingerprint) {
  const auto wanted = crypto::Fingerprint::parse(with_ellipsis(fingerprint));
  if (!wanted) {
    return complain(
        Stop(kWrongUsage, "not a token's fingerprint, like ghs_…3f9a1c0de4b2 or ghs_...3f9a1c0de4b2"));
  }
  const Step<std::unique_ptr<LedgerSource>> source = source_of(options);
  if (!source) return complain(source.error());
  LedgerQuery query;
  query.fingerprint = wanted->text();
  Holders holders;
  bool has_room = true;
  RecordSplitter records([&](const ShownRecord& record) {
    const auto* const event = std::get_if<ledger::Event>(&record.body);
    if (event != nullptr && event->fingerprint == wanted) has_room = holders.add(*event) && has_room;
  });
  const Result<> read = (*source)->read(query, [&](std::string_view lines) { records.feed(lines); });
  if (!read) return complain(Stop(kNotReachable, read.error().message()));
  print(options.json ? holders.json() : holders.text());
  if (!has_room) std::fprintf(stderr, "hubwarden: there are more holders than are shown\n");
  if (holders.empty()) return complain(Stop(kFailed, "the ledger speaks of no token " + wanted->text()));
  return kDone;
}

int print_ledger_keys(const LedgerOptions& options) {
  const Step<std::vector<std::string>> keys = configured_keys(options);
  if (!keys) return complain(keys.error());
  for (const std::string& key : *keys) print(key + "\n");
  return kDone;
}

}  // namespace hubwarden::apps
