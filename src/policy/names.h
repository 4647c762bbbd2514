#pragma once

// GitHub's names, parsed once at the edge. Source: shared rules in docs/http-api.md, "Names".
//
//   Result<Repository> repository = Repository::parse("acme/widgets");

#include <string>
#include <string_view>

#include "base/error.h"

namespace hubwarden::policy {

// An account's login: 1–39 letters and digits with single inner hyphens; `_` after the first for managed
// users.
class Owner {
 public:
  static Result<Owner> parse(std::string_view text);

  const std::string& shown() const { return shown_; }  // as given
  const std::string& key() const { return key_; }      // lower case: what is compared

  friend bool operator==(const Owner& a, const Owner& b) { return a.key_ == b.key_; }
  friend auto operator<=>(const Owner& a, const Owner& b) { return a.key_ <=> b.key_; }

 private:
  friend class Repository;
  explicit Owner(std::string_view text);
  std::string shown_;
  std::string key_;
};

// owner/name. A trailing ".git" is dropped; `.`, `..` and everything that is not a plain name are refused.
class Repository {
 public:
  static Result<Repository> parse(std::string_view text);

  Owner owner() const { return Owner(std::string_view(shown_).substr(0, slash_)); }
  bool shares_owner_with(const Repository& other) const {
    return key().compare(0, slash_ + 1, other.key(), 0, other.slash_ + 1) == 0;
  }
  std::string_view name() const { return std::string_view(shown_).substr(slash_ + 1); }  // as given
  const std::string& shown() const { return shown_; }                      // "Owner/Name" as given
  const std::string& key() const { return key_.empty() ? shown_ : key_; }  // the same in lower case

  friend bool operator==(const Repository& a, const Repository& b) { return a.key() == b.key(); }
  friend auto operator<=>(const Repository& a, const Repository& b) { return a.key() <=> b.key(); }

 private:
  Repository(const Owner& owner, std::string_view name);
  // Hundreds of thousands are held, most of them in lower case: those have their text once.
  std::string shown_;
  std::string key_;
  std::size_t slash_;
};

}  // namespace hubwarden::policy
