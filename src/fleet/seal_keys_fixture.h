#pragma once

// Keys of one material, for tests.

#include <string_view>
#include <vector>

#include "fleet/seal_keys.h"

namespace hubwarden::fleet {

inline SealKeys keys_of(std::string_view material) {
  std::vector<Secret> materials;
  materials.emplace_back(material);
  return SealKeys(materials);
}

}  // namespace hubwarden::fleet
