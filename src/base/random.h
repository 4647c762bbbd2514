#pragma once

// Randomness is injected: the kernel's in production, a seeded one in tests.

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace hubwarden {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;

  std::uint64_t next();
  // In [0, bound); 0 for a bound of 0.
  std::uint64_t below(std::uint64_t bound);
  // In [0, 1).
  double unit();
};

// getrandom(2). Thread-safe.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

// The same sequence for the same seed. Not thread-safe, not secret.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  std::mt19937_64 engine_;
};

}  // namespace hubwarden
