#pragma once

// The name that an operator gives a workspace: [A-Za-z0-9][A-Za-z0-9._-]{0,63}. Letter case matters.
//
//   Result<WorkspaceId> id = WorkspaceId::parse("team-a.agent-7");

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hubwarden::policy {

class WorkspaceId {
 public:
  static constexpr std::size_t kMaxSize = 64;  // fits a file name, a label and a log line

  static Result<WorkspaceId> parse(std::string_view text);

  const std::string& text() const { return text_; }

  friend bool operator==(const WorkspaceId&, const WorkspaceId&) = default;
  friend auto operator<=>(const WorkspaceId&, const WorkspaceId&) = default;

 private:
  explicit WorkspaceId(std::string_view text) : text_(text) {}
  std::string text_;
};

}  // namespace hubwarden::policy

template <>
struct std::hash<hubwarden::policy::WorkspaceId> {
  std::size_t operator()(const hubwarden::policy::WorkspaceId& id) const noexcept {
    return std::hash<std::string>{}(id.text());
  }
};
