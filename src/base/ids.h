#pragma once

// Numbers that must not be mixed up.

#include <compare>
#include <cstdint>
#include <functional>

namespace hubwarden {

template <class Tag>
class Id {
 public:
  constexpr explicit Id(std::uint64_t value) : value_(value) {}
  constexpr std::uint64_t value() const { return value_; }
  friend constexpr auto operator<=>(Id, Id) = default;

 private:
  std::uint64_t value_;
};

using InstallationId = Id<struct InstallationTag>;
using RepositoryId = Id<struct RepositoryTag>;

}  // namespace hubwarden

template <class Tag>
struct std::hash<hubwarden::Id<Tag>> {
  std::size_t operator()(hubwarden::Id<Tag> id) const noexcept {
    return std::hash<std::uint64_t>{}(id.value());
  }
};
