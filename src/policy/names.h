#pragma once

// GitHub's names, parsed once at the edge. Source: shared rules in docs/http-api.md, "Names".
//
//   Result<Repository> repository = Repository::parse("acme/widgets");

#include <string>
#include <string_view>

#include "base/error.h"

namespace hubwarden::policy {

// An account's login: 1–39 letters and digits with single inner hyphens; `_` after the first for managed users.
class Owner {
 public:
  static Result<Owner> parse(std::string_view text);

  const std::string& shown() const { return shown_; }  // as given
  const std::string& key() const { return key_; }      // lower case: what is compared

  friend bool operator==(const Owner& a, const Owner& b) { return a.key_ == b.key_; }
  friend auto operator<=>(const Owner& a, const Owner& b) { return a.key_ <=> b.key_; }

 private:
  explicit Owner(std::string_view text);
  std::string shown_;
  std::string key_;
};

// owner/name. A trailing ".git" is dropped; `.`, `..` and everything that is not a plain name are refused.
class Repository {
 public:
  static Result<Repository> parse(std::string_view text);

  const Owner& owner() const { return owner_; }
  const std::string& name() const { return name_; }    // as given
  const std::string& key() const { return key_; }      // "owner/name" in lower case
  std::string shown() const { return owner_.shown() + "/" + name_; }

  friend bool operator==(const Repository& a, const Repository& b) { return a.key_ == b.key_; }
  friend auto operator<=>(const Repository& a, const Repository& b) { return a.key_ <=> b.key_; }

 private:
  Repository(Owner owner, std::string_view name);
  Owner owner_;
  std::string name_;
  std::string key_;
};

}  // namespace hubwarden::policy
