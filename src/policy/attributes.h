#pragma once

// What is known of a caller from its verified credential, by name: `namespace`, `ref`, `service_account` …
// Rules are matched against it, and nothing else about a caller opens anything.
//
//   Attributes attributes;
//   attributes.add("namespace", "agents");
//   attributes.add("groups", "a"), attributes.add("groups", "b");
//   attributes.values("groups")      // {"a", "b"}
//   attributes.single("namespace")   // "agents"; null for one with several values, or with none
//
// A value that could not be shown to a person as it is, or is empty, is not kept: it never matches.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hubwarden::policy {

class Attributes {
 public:
  // False when it was not kept.
  bool add(std::string_view name, std::string_view value);

  // Empty if there is none.
  const std::vector<std::string>& values(std::string_view name) const;
  const std::string* single(std::string_view name) const;

  auto begin() const { return by_name_.begin(); }
  auto end() const { return by_name_.end(); }
  std::size_t size() const { return by_name_.size(); }

  friend bool operator==(const Attributes&, const Attributes&) = default;

  static constexpr std::size_t kMaxName = 128;   // bytes
  static constexpr std::size_t kMaxValue = 512;  // bytes; a git ref has 255
  static constexpr std::size_t kMaxNames = 128;
  static constexpr std::size_t kMaxValues = 256;  // of one name: the groups of a person

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> by_name_;
};

}  // namespace hubwarden::policy
