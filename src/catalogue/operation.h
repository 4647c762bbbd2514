#pragma once

// GitHub's REST operations and the permissions that they need: all that GitHub documents, 1,223.
//
//   const std::optional<Operation> operation = find("issues/create");
//   operation->path();                                  // "/repos/{owner}/{repo}/issues"
//   operation->permissions_text();                      // "issues=write"
//   for (const policy::PermissionSet& scope : operation->scopes()) …   // any one of these will do
//   for (const Operation& one : operations()) …
//
// An Operation is a view of constant data: copied freely, valid for ever. Nothing here allocates but
// scopes(), and nothing runs when the program starts. Threads: all. Sources and what they leave open:
// data/github-rest/README.md.

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "catalogue/parameter.h"
#include "policy/permissions.h"

namespace hubwarden::catalogue {

namespace table {
struct Row;
}

class Operation {
 public:
  std::string_view id() const;        // "issues/create": GitHub's own
  std::size_t place() const;          // among operations(), from 0
  std::string_view method() const;    // "POST"
  std::string_view path() const;      // the template, "/repos/{owner}/{repo}/issues"
  std::string_view category() const;  // GitHub's chapter of it, "issues"

  Parameters path_parameters() const;
  Parameters query_parameters() const;  // those that GitHub describes

  // Its method is GET and it asks for nothing beyond read access; everything else is a write.
  bool is_read() const;
  bool has_body() const;
  bool is_deprecated() const;
  // Without it the operation is for users' tokens, or for the App itself.
  bool works_with_installation_token() const;
  // Its path is one of the host for uploads (https://uploads.github.com), not of the API's.
  bool is_on_upload_host() const;
  // Its path begins with /repos/{owner}/{repo}.
  bool is_of_repository() const;

  // What GitHub counts it under, as in X-RateLimit-Resource: "core", "search", "code_search" … A first guess;
  // the header of an answer is the truth.
  std::string_view resource() const;

  // As in X-Accepted-GitHub-Permissions, "issues=write; pull_requests=write": `,` is and, `;` is or. Empty
  // where GitHub documents none.
  std::string_view permissions_text() const;
  // What to mint for it: any one set will do, the first is the one to try first. Never empty: where GitHub
  // documents nothing it is `metadata:read`, which every token has.
  std::vector<policy::PermissionSet> scopes() const;

  // In the order of the ids.
  friend bool operator==(const Operation&, const Operation&) = default;
  friend auto operator<=>(const Operation&, const Operation&) = default;

 private:
  friend class Operations;
  explicit Operation(const table::Row* row) : row_(row) {}
  const table::Row* row_;
};

// All operations, ordered by id.
class Operations {
 public:
  class Iterator {
   public:
    using value_type = Operation;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    explicit Iterator(const table::Row* row) : row_(row) {}
    Operation operator*() const { return Operation(row_); }
    Iterator& operator++();
    Iterator operator++(int);
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const table::Row* row_ = nullptr;
  };

  Iterator begin() const { return Iterator(first_); }
  Iterator end() const { return Iterator(last_); }
  std::size_t size() const;
  Operation operator[](std::size_t index) const;

 private:
  friend Operations operations();
  Operations(const table::Row* first, const table::Row* last) : first_(first), last_(last) {}
  const table::Row* first_;
  const table::Row* last_;
};

Operations operations();

// The operation of that id, exactly as GitHub writes it.
std::optional<Operation> find(std::string_view id);

}  // namespace hubwarden::catalogue
