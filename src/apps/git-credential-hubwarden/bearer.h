#pragma once

// The workspace's own token, by which hubwarden knows who asks. From HUBWARDEN_WORKSPACE_TOKEN, else the file
// named by HUBWARDEN_WORKSPACE_TOKEN_FILE, else the file that the settings name. Never from the command line,
// which every process of the machine can read.
//
//   Result<Bearer> bearer = Bearer::find(settings.token_file);
//   send(bearer->value());
//   if (is_refused && bearer->read_again()) send(bearer->value());   // it was rotated meanwhile

#include <string>
#include <utility>

#include "base/error.h"
#include "base/secret.h"

namespace hubwarden::git_credential {

inline constexpr std::size_t kMaxBearer = 4096;

class Bearer {
 public:
  // `token_file` is the settings' own.
  static Result<Bearer> find(const std::string& token_file);
  // One that changes no more: of the environment.
  static Bearer fixed(Secret value) { return Bearer(std::move(value), ""); }

  const Secret& value() const { return value_; }
  // True if its file holds another one by now, which is taken over. What cannot be read changes nothing.
  bool read_again();

 private:
  Bearer(Secret value, std::string file) : value_(std::move(value)), file_(std::move(file)) {}

  Secret value_;
  std::string file_;  // empty: from the environment
};

// The file belongs to this user, and nobody else may read it; or to root, and then a group may: in a
// container root hands secrets to a user that it does not know by the number of a group alone. One line; its
// end is dropped.
Result<Secret> read_bearer(const std::string& file);

}  // namespace hubwarden::git_credential
