#include "wire/credential.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace hubwarden::wire {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

// The keys that are read, each at most once.
struct KnownValues {
  std::optional<std::string_view> protocol;
  std::optional<std::string_view> host;
  std::optional<std::string_view> path;
  std::optional<std::string_view> username;
  std::optional<std::string_view> password;

  std::optional<std::string_view>* find(std::string_view key) {
    if (key == "protocol") return &protocol;
    if (key == "host") return &host;
    if (key == "path") return &path;
    if (key == "username") return &username;
    if (key == "password") return &password;
    return nullptr;
  }
};

std::optional<CredentialFault> read_line(std::string_view line, KnownValues& values) {
  if (line.size() > kMaxCredentialLine) return CredentialFault::kTooLong;
  if (std::ranges::any_of(line, is_control)) return CredentialFault::kControlByte;
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos || equals == 0) return CredentialFault::kNotKeyValue;
  const std::string_view key = line.substr(0, equals);
  if (key == "url") return CredentialFault::kUrl;
  std::optional<std::string_view>* const value = values.find(key);
  if (value == nullptr) return std::nullopt;
  if (value->has_value()) return CredentialFault::kTwice;
  *value = line.substr(equals + 1);
  return std::nullopt;
}

bool can_stand_on_a_line(std::string_view value) {
  return !value.empty() && value.size() < kMaxCredentialLine / 2 && std::ranges::none_of(value, is_control);
}

}  // namespace

std::string_view to_string(CredentialFault fault) {
  switch (fault) {
    case CredentialFault::kTooLong: return "too long";
    case CredentialFault::kControlByte: return "a control byte";
    case CredentialFault::kNotKeyValue: return "not key=value";
    case CredentialFault::kTwice: return "a key given twice";
    case CredentialFault::kUrl: return "a url";
    case CredentialFault::kNoProtocol: return "no protocol";
    case CredentialFault::kNoHost: return "no host";
  }
  HW_CHECK(false);
}

bool is_complete_credential(std::string_view input) {
  return input.starts_with('\n') || input.find("\n\n") != std::string_view::npos;
}

std::expected<CredentialRequest, CredentialFault> parse_credential(std::string_view input) {
  if (input.size() > kMaxCredentialInput) return std::unexpected(CredentialFault::kTooLong);
  KnownValues values;
  while (!input.empty() && input.front() != '\n') {
    const std::string_view line = input.substr(0, input.find('\n'));
    if (const auto fault = read_line(line, values)) return std::unexpected(*fault);
    input.remove_prefix(std::min(line.size() + 1, input.size()));
  }
  if (values.protocol.value_or("").empty()) return std::unexpected(CredentialFault::kNoProtocol);
  if (values.host.value_or("").empty()) return std::unexpected(CredentialFault::kNoHost);
  CredentialRequest request;
  request.protocol = *values.protocol;
  request.host = *values.host;
  if (values.path) request.path.emplace(*values.path);
  if (values.username) request.username.emplace(*values.username);
  if (values.password) request.password = Secret(*values.password);
  return request;
}

std::optional<Secret> format_credential(const Credential& credential) {
  if (!can_stand_on_a_line(credential.username) || !can_stand_on_a_line(credential.password.reveal())) {
    return std::nullopt;
  }
  std::string text;
  // At its full size from the start: growing would leave the password behind in freed memory.
  text.reserve(credential.username.size() + credential.password.size() + 80);
  text.append("username=").append(credential.username).append("\npassword=");
  text.append(credential.password.reveal()).append("\n");
  if (credential.expires_at) {
    const auto since = std::chrono::floor<std::chrono::seconds>(credential.expires_at->time_since_epoch());
    text.append("password_expiry_utc=").append(std::to_string(since.count())).append("\n");
  }
  text.append("\n");
  return Secret::absorb(text);
}

}  // namespace hubwarden::wire
