// A configuration file: whatever stands in it, there is a configuration or a problem with a line.

#include <map>

#include "base/check.h"
#include "config/load.h"
#include "fuzz/target.h"

namespace hubwarden::fuzz {
namespace {

class OneFile final : public config::FileReader {
 public:
  explicit OneFile(std::string_view content) : content_(content) {}
  std::expected<config::File, config::FileError> read(const std::string& path,
                                                      std::size_t limit) const override {
    if (path != kPath) return std::unexpected(config::FileError::kMissing);
    if (content_.size() > limit) return std::unexpected(config::FileError::kTooLarge);
    return config::File{.content = std::string(content_)};
  }
  std::expected<std::vector<std::string>, config::FileError> list(const std::string&,
                                                                  std::size_t) const override {
    return std::unexpected(config::FileError::kMissing);
  }
  static constexpr std::string_view kPath = "hubwarden.yaml";

 private:
  std::string_view content_;
};

}  // namespace

void target(std::string_view bytes) {
  const OneFile files(bytes);
  // Of the file, so that it can not stand there: a fuzzer reads what it is compared with.
  const std::string secret = "operator-" + std::to_string(std::hash<std::string_view>{}(bytes)) + "-operator";
  const config::Environment environment = {{"HUBWARDEN_ADMIN_TOKEN", secret}};
  const auto loaded = config::load({.path = std::string(OneFile::kPath)}, environment, files);
  if (loaded) return;
  HW_CHECK(!loaded.error().empty());
  for (const config::Problem& problem : loaded.error()) {
    HW_CHECK(!problem.text().empty());
    HW_CHECK(problem.text().find(secret) == std::string::npos);
  }
}

}  // namespace hubwarden::fuzz
