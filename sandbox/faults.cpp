#include "sandbox/faults.h"

#include <array>
#include <utility>

#include "base/check.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::array<std::pair<FaultKind, std::string_view>, 10> kKinds = {
    {{FaultKind::kLatency, "latency"},
     {FaultKind::kStatus, "status"},
     {FaultKind::kUnicorn, "unicorn"},
     {FaultKind::kLargeBody, "large_body"},
     {FaultKind::kCutBody, "cut_body"},
     {FaultKind::kLostAnswer, "lost_answer"},
     {FaultKind::kPrimaryLimit, "primary_limit"},
     {FaultKind::kSecondaryLimit, "secondary_limit"},
     {FaultKind::kFailedLoginLimit, "failed_login_limit"},
     {FaultKind::kIpAllowList, "ip_allow_list"}}};

}  // namespace

std::string_view to_string(FaultKind kind) {
  for (const auto& [one, name] : kKinds) {
    if (one == kind) return name;
  }
  HW_CHECK(false);
}

std::optional<FaultKind> parse_fault_kind(std::string_view text) {
  for (const auto& [kind, name] : kKinds) {
    if (name == text) return kind;
  }
  return std::nullopt;
}

// Goes back to the last `*` alone, so the time is at most the product of the two lengths.
bool matches_glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Result<std::uint64_t> FaultTable::add(Fault fault) {
  if (faults_.size() >= kMaxFaults) return fail(ErrorCode::kTooLarge, "too many faults");
  fault.id = next_id_++;
  faults_.push_back(std::move(fault));
  return faults_.back().id;
}

bool FaultTable::remove(std::uint64_t id) {
  return std::erase_if(faults_, [id](const Fault& fault) { return fault.id == id; }) > 0;
}

std::optional<Fault> FaultTable::take(std::string_view route, std::string_view path) {
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (!matches_glob(fault->route, route) || !matches_glob(fault->path, path)) continue;
    if (fault->skip > 0) {
      --fault->skip;
      continue;
    }
    Fault taken = *fault;
    if (--fault->count == 0) faults_.erase(fault);
    return taken;
  }
  return std::nullopt;
}

}  // namespace hubwarden::sandbox
