#include "ledger/ledger.h"

#include <exception>
#include <utility>

#include "net/loops.h"

namespace hubwarden::ledger {

Ledger::Ledger(Parts parts, std::vector<std::unique_ptr<Sink>> sinks)
    : log_(parts.log), metrics_(parts.metrics), sinks_(std::move(sinks)) {
  for (const std::unique_ptr<Sink>& sink : sinks_) {
    ChainWriter::Parts own{*sink, parts.key, parts.clock, parts.timers, parts.random, metrics_, parts.log};
    writers_.push_back(std::make_unique<ChainWriter>(std::move(own)));
  }
}

void Ledger::start(const net::Executor& executor) {
  for (const std::unique_ptr<ChainWriter>& writer : writers_) {
    net::spawn(executor, writer->run(),
               [this](const std::exception_ptr&) { log_.error("ledger.crashed", {}); });
  }
}

net::Task<> Ledger::stop() {
  for (const std::unique_ptr<ChainWriter>& writer : writers_) co_await writer->stop();
}

void Ledger::reopen() {
  for (const std::unique_ptr<Sink>& sink : sinks_) sink->reopen();
}

void Ledger::record(Event event) {
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    if (i + 1 == writers_.size()) {
      writers_[i]->record(std::move(event));
    } else {
      writers_[i]->record(event);
    }
  }
}

net::Task<Result<>> Ledger::record_durably(Event event) {
  if (writers_.empty()) co_return Result<>();
  for (std::size_t i = 1; i < writers_.size(); ++i) writers_[i]->record(event);
  Result<> recorded = co_await writers_.front()->record_durably(std::move(event));
  co_return recorded;
}

}  // namespace hubwarden::ledger
