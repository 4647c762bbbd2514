#pragma once

// A secret that several hold, or none: what a reloaded configuration and what still runs with the old one
// both use. Two are the same when they say the same, whoever read them.

#include <memory>
#include <string_view>
#include <utility>

#include "base/secret.h"

namespace hubwarden {

class SharedSecret {
 public:
  SharedSecret() = default;  // none
  explicit SharedSecret(Secret secret) : secret_(std::make_shared<const Secret>(std::move(secret))) {}
  explicit SharedSecret(std::string_view bytes) : SharedSecret(Secret(bytes)) {}

  explicit operator bool() const { return secret_ != nullptr; }
  const Secret& operator*() const { return *secret_; }
  const Secret* operator->() const { return secret_.get(); }

  friend bool operator==(const SharedSecret& a, const SharedSecret& b) {
    return a && b ? *a == *b : bool(a) == bool(b);
  }

 private:
  std::shared_ptr<const Secret> secret_;
};

}  // namespace hubwarden
