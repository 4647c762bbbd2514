#pragma once

// Which operations somebody may use: what a handle or the configuration names.
//
//   const std::string_view entries[] = {"read", "create_issue"};
//   Result<OperationList> list = OperationList::parse(entries);
//   list->allows(*parse_operation_name("pulls/get"));             // by `read`
//   list->allows(*parse_operation_name("issues/create"));         // no: create_issue alone was named
//   list->text();                                                 // "read,create_issue"
//
// An entry is one of GitHub's ids, which allows its short name, too; a short name, which allows nothing but
// itself; or `read`: all reads of a repository for which installation tokens work. Never empty. Threads: a
// value.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalogue/names.h"

namespace hubwarden::catalogue {

class OperationList {
 public:
  // More than there are operations.
  static constexpr std::size_t kMaxEntries = 1500;
  static constexpr std::string_view kRead = "read";

  // `invalid_request` for an empty list, more than kMaxEntries, an entry that is unknown or stands twice, and
  // an operation for which installation tokens do not work.
  static Result<OperationList> parse(std::span<const std::string_view> entries);
  static OperationList reads() { return {true, {}}; }
  // The same of what text() gave.
  static Result<OperationList> parse_text(std::string_view text);

  bool allows(const Named& named) const;
  // It names an operation that is not a read.
  bool has_writes() const;

  bool has_reads() const { return has_reads_; }               // all of them, by `read`
  const std::vector<Named>& named() const { return named_; }  // beside those

  // `read` first, then the others in alphabetical order: equal lists, equal texts.
  std::vector<std::string_view> items() const;
  std::string text() const;  // separated by commas

  friend bool operator==(const OperationList&, const OperationList&) = default;

 private:
  OperationList(bool has_reads, std::vector<Named> named) : has_reads_(has_reads), named_(std::move(named)) {}
  bool has_reads_;
  std::vector<Named> named_;  // ordered by name
};

}  // namespace hubwarden::catalogue
