#pragma once

// A log that tests read.
//
//   CapturingLog log;
//   engine.run(log);
//   EXPECT_EQ(log.count("mint_failed"), 1u);
//   EXPECT_EQ(log.last("mint_failed").field("code"), "rate_limited");

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "obs/log.h"

namespace hubwarden::obs {

struct CapturedEvent {
  CapturedEvent() = default;

  // The value as the text form writes it, without quotes.
  std::optional<std::string> field(std::string_view wanted) const;

  Severity severity = Severity::kDebug;
  std::string name;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string line;  // the whole text line
};

class CapturingLog final : public Log {
 public:
  bool enabled(Severity) const override { return true; }

  std::vector<CapturedEvent> events() const;
  std::size_t count(std::string_view name) const;
  // The latest event of that name; an empty one when there is none.
  CapturedEvent last(std::string_view name) const;
  // Every line so far: for searching what must never be there.
  std::string text() const;

 protected:
  void write(Severity severity, EventName name, std::span<const Field> fields) override;

 private:
  mutable Guarded<std::vector<CapturedEvent>> events_;
};

}  // namespace hubwarden::obs
