#include "sandbox/key_files.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "net/unique_fd.h"

namespace hubwarden::sandbox {

Result<std::string> write_key_file(const std::filesystem::path& directory, AppId app, const KeyPair& key) {
  // A few digits of the fingerprint tell the keys of one App apart.
  const std::string mark = hex(as_bytes(sha256(key.public_key().fingerprint()))).substr(0, 8);
  const auto path = directory / ("app-" + std::to_string(app.value()) + "-" + mark + ".private-key.pem");
  const net::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const std::string_view bytes = key.private_pem().reveal();
  if (!file || ::write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    return fail(ErrorCode::kUnavailable, "cannot write " + path.string());
  }
  return path.string();
}

}  // namespace hubwarden::sandbox
