#include "base/secret.h"

#include <string.h>

#include <algorithm>
#include <utility>

namespace hubwarden {

Secret::Secret(std::string_view bytes)
    : bytes_(bytes.empty() ? nullptr : std::make_unique_for_overwrite<char[]>(bytes.size())),
      size_(bytes.size()) {
  std::copy(bytes.begin(), bytes.end(), bytes_.get());
}

Secret Secret::absorb(std::string& bytes) {
  Secret secret(bytes);
  hubwarden::wipe(bytes);
  return secret;
}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Secret::~Secret() {
  wipe();
}

void Secret::wipe() {
  if (bytes_) explicit_bzero(bytes_.get(), size_);
}

bool operator==(const Secret& a, const Secret& b) {
  return equal_in_constant_time(a.reveal(), b.reveal());
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = difference | static_cast<unsigned char>(a[i] ^ b[i]);
  }
  return difference == 0;
}

void wipe(std::string& bytes) {
  bytes.resize(bytes.capacity());
  explicit_bzero(bytes.data(), bytes.size());
  bytes.clear();
}

}  // namespace hubwarden
