#pragma once

// Secrets by reference: `file:/run/secrets/key` or `env:NAME`. The environment itself may also hold one
// literally; a configuration file may not, because files are copied, committed and shown.

#include <cstddef>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "config/files.h"
#include "config/problem.h"

namespace hubwarden::config {

using Environment = std::map<std::string, std::string, std::less<>>;

// Room for an RSA key of 16 kbit with its comments, and for any token.
inline constexpr std::size_t kMaxSecretBytes = 64 * 1024;

enum class SecretKind {
  kToken,   // one word of printable ASCII without quotes: it travels in headers and in JSON
  kPhrase,  // one line of printable text: chosen by people, it may hold blanks
  kKey,     // PEM, several lines
  kUrl,
};

// Both must outlive it.
class SecretSource {
 public:
  SecretSource(const Environment& environment, const FileReader& files)
      : environment_(environment), files_(files) {}

  // What `text` refers to, or a message that holds neither the secret nor, for a literal, the text. What is
  // merely unwise is added to `warnings`.
  std::expected<Secret, std::string> resolve(std::string_view text, SecretKind kind, const Origin& origin,
                                             std::vector<Problem>& warnings) const;

  // A secret file that something else reads: a warning if others may, too. One that cannot be read is for
  // that reader to refuse.
  void look_at(const std::string& path, const Origin& origin, std::vector<Problem>& warnings) const;

  static bool is_reference(std::string_view text) {
    return text.starts_with("file:") || text.starts_with("env:");
  }
  // A value that stands literally in an environment variable.
  static std::expected<Secret, std::string> literal(std::string_view text, SecretKind kind);

 private:
  std::expected<Secret, std::string> from_file(const std::string& path, SecretKind kind, const Origin& origin,
                                               std::vector<Problem>& warnings) const;
  std::expected<Secret, std::string> from_variable(const std::string& name, SecretKind kind) const;

  const Environment& environment_;
  const FileReader& files_;
};

}  // namespace hubwarden::config
