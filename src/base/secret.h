#pragma once

// Bytes that must not be seen: tokens, keys, bearers. Wiped when they go; never printed, never copied by
// accident.
//
//   Secret bearer("ghs_…");
//   send(bearer.reveal());            // the only way to the bytes, easy to search for
//   log(crypto::fingerprint(bearer)); // the only form that may be shown

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace hubwarden {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes);
  // Takes the bytes over and wipes the string that held them.
  static Secret absorb(std::string& bytes);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  Secret clone() const { return Secret(reveal()); }
  std::string_view reveal() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Takes the same time wherever the two differ; a difference in length shows.
  friend bool operator==(const Secret& a, const Secret& b);

 private:
  void wipe();

  // Not std::string: its short form would leave bytes behind in whatever it was moved from.
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

bool equal_in_constant_time(std::string_view a, std::string_view b);

// Overwrites the string's bytes, spare capacity included, and empties it.
void wipe(std::string& bytes);

}  // namespace hubwarden
