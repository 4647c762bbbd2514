#pragma once

// Who asks, as far as rules care: which of the configured issuers vouches, and for what.

#include <string>
#include <utility>

#include "policy/attributes.h"

namespace hubwarden::rules {

struct Caller {
  Caller(std::string issuer_, policy::Attributes attributes_)
      : issuer(std::move(issuer_)), attributes(std::move(attributes_)) {}

  std::string issuer;  // its name in the policy
  policy::Attributes attributes;
};

}  // namespace hubwarden::rules
