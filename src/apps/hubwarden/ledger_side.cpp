#include "apps/hubwarden/ledger_side.h"

#include <unistd.h>

#include <utility>

#include "apps/hubwarden/ledger_keys.h"
#include "ledger/record_sink.h"
#include "ledger/stream_sink.h"
#include "net/loops.h"

namespace hubwarden::apps {
namespace {

bool has_secret(const config::Config& config) {
  return !config.apps.empty() || !config.redis.seal_keys.empty();
}

Result<ledger::SigningKey> signing_key(const config::Config& config) {
  // Nothing is written then, and nothing signed.
  if (!has_secret(config)) return ledger::SigningKey(Secret("none"));
  const Result<std::vector<ledger::SigningKey>> keys = ledger_keys(config);
  if (!keys) return std::unexpected(keys.error());
  return keys->front();
}

}  // namespace

Result<std::unique_ptr<LedgerSide>> LedgerSide::make(const config::Config& config, const Parts& parts) {
  std::unique_ptr<LedgerSide> side(new LedgerSide(parts.log));
  std::vector<std::unique_ptr<ledger::Sink>> sinks;
  const bool can_sign = has_secret(config);
  if (!can_sign)
    parts.log.warning("ledger.off", {{"why", "there is no App and no redis.seal_keys to sign with"}});
  if (can_sign && config.ledger.records) sinks.push_back(std::make_unique<ledger::RecordSink>(parts.records));
  if (can_sign && config.ledger.file == "-") {
    sinks.push_back(std::make_unique<ledger::StreamSink>(STDOUT_FILENO));
  } else if (can_sign && !config.ledger.file.empty()) {
    Result<ledger::FilePattern> pattern = ledger::FilePattern::parse(config.ledger.file);
    if (!pattern) return std::unexpected(pattern.error());
    Result<std::unique_ptr<ledger::FileSink>> file =
        ledger::FileSink::open(*std::move(pattern), parts.clock.now());
    if (!file) return std::unexpected(file.error());
    side->file_ = file->get();
    sinks.push_back(*std::move(file));
  }
  const Result<ledger::SigningKey> key = signing_key(config);
  if (!key) return std::unexpected(key.error());
  if (can_sign && config.ledger.records && config.ledger.keep) {
    const ledger::Retention::Parts forgetting{parts.records, *key, parts.clock, parts.timers, parts.log};
    side->retention_ = std::make_unique<ledger::Retention>(forgetting, *config.ledger.keep);
  }
  const ledger::Ledger::Parts writing{*key,         parts.clock,   parts.timers,
                                      parts.random, parts.metrics, parts.log};
  side->ledger_ = std::make_unique<ledger::Ledger>(writing, std::move(sinks));
  return side;
}

LedgerSide::~LedgerSide() {
  loop_.stop();
}

void LedgerSide::start() {
  loop_.start();
  const net::Executor executor = loop_.executor(0);
  ledger_->start(executor);
  if (!retention_) return;
  net::spawn(executor, retention_->run(),
             [this](std::exception_ptr) { log_.error("ledger.retention_ended", {}); });
}

void LedgerSide::reopen() {
  if (file_ != nullptr) file_->reopen();
}

net::Task<> LedgerSide::stop() {
  if (retention_) co_await retention_->stop();
  co_await ledger_->stop();
}

}  // namespace hubwarden::apps
