#include "catalogue/operation_set.h"

#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace hubwarden::catalogue {
namespace {

constexpr std::size_t kShownBytes = 80;

// What installation tokens can do to a repository.
bool is_for_repositories(const Operation& operation) {
  return operation.is_of_repository() && operation.works_with_installation_token();
}

}  // namespace

std::size_t OperationSet::bit_of(const Operation& operation) {
  return operation.place();
}

std::size_t OperationSet::bit_of(ShortName name) {
  const std::size_t bit = catalogue::operations().size() + static_cast<std::size_t>(name);
  HW_CHECK(bit < kBits);
  return bit;
}

void OperationSet::add(const Operation& operation) {
  // Looked for once: a policy names groups of a thousand operations in each of its rules.
  static const auto kShort = [] {
    std::vector<std::pair<std::size_t, std::size_t>> bits;
    for (const ShortName name : short_names()) bits.emplace_back(bit_of(operation_of(name)), bit_of(name));
    return bits;
  }();
  bits_.set(bit_of(operation));
  for (const auto& [whole, short_name] : kShort) {
    if (whole == bit_of(operation)) bits_.set(short_name);
  }
}

Result<OperationSet> OperationSet::of(std::string_view entry) {
  if (entry == "read") return reads();
  if (entry == "write") return writes();
  OperationSet set;
  if (!entry.ends_with("/*")) {
    const Result<Named> named = parse_operation_name(entry);
    if (!named) return std::unexpected(named.error());
    set.add(*named);
    return set;
  }
  const std::string_view beginning = entry.substr(0, entry.size() - 1);
  for (const Operation& operation : catalogue::operations()) {
    if (operation.id().starts_with(beginning)) set.add(operation);
  }
  if (set.is_empty()) {
    return fail(ErrorCode::kInvalidRequest,
                "no operation of GitHub's begins with \"" + printable(beginning, kShownBytes) + "\"");
  }
  return set;
}

OperationSet OperationSet::of(const OperationList& list) {
  OperationSet set;
  if (list.has_reads()) set = reads();
  for (const Named& named : list.named()) set.add(named);
  return set;
}

void OperationSet::add(const Named& named) {
  if (named.short_name) {
    bits_.set(bit_of(*named.short_name));
  } else {
    add(named.operation);
  }
}

// Both groups are made once: records and rules name them by the thousand.
const OperationSet& OperationSet::reads() {
  static const OperationSet kReads = of_repositories(true);
  return kReads;
}

const OperationSet& OperationSet::writes() {
  static const OperationSet kWrites = of_repositories(false);
  return kWrites;
}

OperationSet OperationSet::of_repositories(bool that_are_reads) {
  OperationSet set;
  for (const Operation& operation : catalogue::operations()) {
    if (is_for_repositories(operation) && operation.is_read() == that_are_reads) set.add(operation);
  }
  return set;
}

Result<OperationSet> OperationSet::parse(const std::vector<std::string>& entries) {
  OperationSet all;
  for (const std::string& entry : entries) {
    const Result<OperationSet> set = of(entry);
    if (!set) return std::unexpected(set.error());
    all.bits_ |= set->bits_;
  }
  return all;
}

OperationSet OperationSet::all() {
  OperationSet all;
  for (const Operation& operation : catalogue::operations()) all.add(operation);
  return all;
}

std::vector<Operation> OperationSet::operations() const {
  OperationSet whole = *this;
  for (const ShortName name : short_names()) {
    if (bits_.test(bit_of(name))) whole.add(operation_of(name));
  }
  std::vector<Operation> found;
  for (const Operation& operation : catalogue::operations()) {
    if (whole.bits_.test(bit_of(operation))) found.push_back(operation);
  }
  return found;
}

bool OperationSet::has(const Named& named) const {
  return bits_.test(named.short_name ? bit_of(*named.short_name) : bit_of(named.operation));
}

}  // namespace hubwarden::catalogue
