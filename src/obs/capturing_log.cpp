#include "obs/capturing_log.h"

#include <algorithm>

#include "obs/log_line.h"

namespace hubwarden::obs {
namespace {

// A single field's line is "… name=value": what follows the first '='.
std::string shown(const Field& field) {
  const std::string line =
      log_line(LogFormat::kText, TimePoint(), Severity::kDebug, "x", std::span(&field, 1));
  std::string value = line.substr(line.find('=') + 1);
  if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
  return value;
}

}  // namespace

std::optional<std::string> CapturedEvent::field(std::string_view wanted) const {
  const auto found = std::ranges::find(fields, wanted, &std::pair<std::string, std::string>::first);
  if (found == fields.end()) return std::nullopt;
  return found->second;
}

std::vector<CapturedEvent> CapturingLog::events() const {
  return *events_.lock();
}

std::size_t CapturingLog::count(std::string_view name) const {
  auto captured = events_.lock();
  return static_cast<std::size_t>(std::ranges::count(*captured, name, &CapturedEvent::name));
}

CapturedEvent CapturingLog::last(std::string_view name) const {
  const std::vector<CapturedEvent> all = events();
  const auto found = std::ranges::find(all.rbegin(), all.rend(), name, &CapturedEvent::name);
  return found == all.rend() ? CapturedEvent() : *found;
}

std::string CapturingLog::text() const {
  std::string text;
  for (const CapturedEvent& event : events()) text += event.line + "\n";
  return text;
}

void CapturingLog::write(Severity severity, EventName name, std::span<const Field> fields) {
  CapturedEvent event;
  event.severity = severity;
  event.name = name.text();
  for (const Field& field : fields) {
    if (!field.is_absent()) event.fields.emplace_back(field.name(), shown(field));
  }
  event.line = log_line(LogFormat::kText, TimePoint(), severity, name, fields);
  events_.lock()->push_back(std::move(event));
}

}  // namespace hubwarden::obs
