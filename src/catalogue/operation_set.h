#pragma once

// Some of GitHub's operations, as rules name them: sets that can be joined, cut and compared.
//
//   Result<OperationSet> may = OperationSet::parse({"read", "pulls/*", "create_issue"});
//   Result<OperationSet> never = OperationSet::parse({"administration/*", "repos/delete"});
//   may->without(*never).has(*parse_operation_name("pulls/merge"))
//
// An entry is one of GitHub's ids, which is its short name, too; a short name, which is nothing but itself;
// `pulls/*`, all whose ids begin so; or a group: `read` or `write`, all reads or writes of a repository for
// which installation tokens work. May be empty. Threads: a value.

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalogue/names.h"
#include "catalogue/operation_list.h"

namespace hubwarden::catalogue {

class OperationSet {
 public:
  OperationSet() = default;  // empty

  // `invalid_request` for an entry that is unknown, with what it may have meant.
  static Result<OperationSet> of(std::string_view entry);
  static Result<OperationSet> parse(const std::vector<std::string>& entries);
  static OperationSet of(const OperationList& list);
  static OperationSet all();
  // With its short names.
  void add(const Operation& operation);

  bool has(const Named& named) const;
  bool is_empty() const { return bits_.none(); }
  std::size_t size() const { return bits_.count(); }
  // In the order of the ids; a short name counts as its operation.
  std::vector<Operation> operations() const;
  bool is_within(const OperationSet& other) const { return (bits_ & ~other.bits_).none(); }

  OperationSet with(const OperationSet& other) const { return OperationSet(bits_ | other.bits_); }
  OperationSet within(const OperationSet& other) const { return OperationSet(bits_ & other.bits_); }
  OperationSet without(const OperationSet& other) const { return OperationSet(bits_ & ~other.bits_); }

  friend bool operator==(const OperationSet&, const OperationSet&) = default;

 private:
  // A bit for each operation in the order of the ids, then one for each short name.
  static constexpr std::size_t kBits = 1280;
  using Bits = std::bitset<kBits>;
  explicit OperationSet(const Bits& bits) : bits_(bits) {}

  static const OperationSet& reads();
  static const OperationSet& writes();
  static OperationSet of_repositories(bool that_are_reads);
  void add(const Named& named);
  static std::size_t bit_of(const Operation& operation);
  static std::size_t bit_of(ShortName name);

  Bits bits_;
};

}  // namespace hubwarden::catalogue
