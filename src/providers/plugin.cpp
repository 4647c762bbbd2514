#include "providers/plugin.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <functional>

#include "base/text.h"
#include "providers/plugin_answers.h"

namespace hubwarden::providers {
namespace {

using Entry = const hubwarden_plugin* (*)(std::uint32_t);

// dlerror() repeats the path, which may be long.
constexpr std::size_t kMaxReason = 400;

std::string last_dl_error() {
  const char* const text = dlerror();
  return text == nullptr ? "unknown reason" : printable(text, kMaxReason);
}

std::unexpected<Error> unusable(std::string why) {
  return fail(ErrorCode::kNotConfigured, std::move(why));
}

// Whatever a plugin throws ends here: it is foreign code, and the C border is no place for exceptions.
Result<int> call(const std::function<int()>& function) {
  try {
    return function();
  } catch (...) {
    // Its text was not written for a log, and may hold anything.
    return std::unexpected(Error(ErrorCode::kUnavailable, "it threw an exception").with_fix(Fix::kOperator));
  }
}

// A library that everybody may write to is anybody's code in this process.
Result<> check_file(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return unusable(std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return unusable("it is not a file");
  if ((info.st_mode & S_IWOTH) != 0) return unusable("anybody may write to it; chmod o-w");
  return {};
}

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> all;
  for (const std::string& text : texts) all.push_back(text.c_str());
  return all;
}

std::vector<std::string> texts_of(const std::vector<policy::Repository>& repositories) {
  std::vector<std::string> texts;
  for (const policy::Repository& repository : repositories) texts.push_back(repository.shown());
  return texts;
}

std::vector<std::string> texts_of(const policy::PermissionSet& permissions) {
  std::vector<std::string> texts;
  for (const auto& [name, level] : permissions.levels()) {
    texts.push_back(name + ":" + std::string(to_string(level)));
  }
  return texts;
}

}  // namespace

Result<std::shared_ptr<Plugin>> Plugin::load(PluginSpec spec) {
  std::shared_ptr<Plugin> plugin(new Plugin(std::move(spec)));
  Result<> done = plugin->find_table();
  if (done) done = plugin->check_table();
  if (done) done = plugin->open();
  if (done) return plugin;
  const PluginSpec& refused = plugin->spec_;
  return unusable("plugin '" + refused.name + "' (" + refused.path + "): " + done.error().message());
}

Plugin::~Plugin() {
  if (!is_open_ || table_->close == nullptr) return;
  // There is nobody left to tell.
  const Result<int> closed = call([this] {
    table_->close(self_);
    return 0;
  });
  (void)closed;
}

Result<> Plugin::find_table() {
  const Result<> usable = check_file(spec_.path);
  if (!usable) return usable;
  void* const library = dlopen(spec_.path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return unusable("it cannot be loaded: " + last_dl_error());
  void* const symbol = dlsym(library, "hubwarden_plugin_entry");
  if (symbol == nullptr) return unusable("it is no plugin: it has no symbol hubwarden_plugin_entry");
  const auto entry = reinterpret_cast<Entry>(symbol);
  const Result<int> called = call([this, entry] {
    table_ = entry(HUBWARDEN_PLUGIN_ABI);
    return 0;
  });
  if (!called) return std::unexpected(called.error());
  return {};
}

Result<> Plugin::check_table() const {
  const std::string ours = std::to_string(HUBWARDEN_PLUGIN_ABI);
  if (table_ == nullptr) return unusable("it cannot work with this hubwarden, whose plugin ABI is " + ours);
  if (table_->abi != HUBWARDEN_PLUGIN_ABI) {
    return unusable("its plugin ABI is " + std::to_string(table_->abi) + ", hubwarden's is " + ours +
                    ": build it with this hubwarden's header");
  }
  if (table_->size < sizeof(hubwarden_plugin)) return unusable("its table of functions is too short");
  if (table_->environment == nullptr && table_->token == nullptr) {
    return unusable("it has neither variables nor tokens");
  }
  if (table_->token == nullptr && !spec_.hosts.empty())
    return unusable("it has no tokens, but hosts are configured");
  if (table_->open == nullptr && !spec_.options.empty()) return unusable("it takes no options");
  return {};
}

Result<> Plugin::open() {
  is_open_ = table_->open == nullptr;
  if (is_open_) return {};
  std::vector<hubwarden_option> options;
  for (const auto& [name, value] : spec_.options) options.push_back({name.c_str(), value.c_str()});
  hubwarden_error error{};
  const Result<int> status =
      call([&] { return table_->open(options.data(), options.size(), &self_, &error); });
  if (!status) return std::unexpected(status.error());
  if (*status != HUBWARDEN_OK) return std::unexpected(error_of(*status, error));
  is_open_ = true;
  return {};
}

Result<BootEnvironment> Plugin::extend(BootEnvironment so_far, const BootingWorkspace& workspace) const {
  if (table_->environment == nullptr) return so_far;
  const std::vector<std::string> repositories = texts_of(workspace.repositories.items());
  const std::vector<std::string> permissions = texts_of(workspace.permissions);
  const std::vector<const char*> repository_texts = pointers(repositories);
  const std::vector<const char*> permission_texts = pointers(permissions);
  const hubwarden_workspace who{workspace.id.text().c_str(), repository_texts.data(), repository_texts.size(),
                                permission_texts.data(), permission_texts.size()};
  EnvironmentAnswer answer(std::move(so_far));
  hubwarden_error error{};
  const Result<int> status =
      call([&] { return table_->environment(self_, &who, answer.interface(), &error); });
  if (!status) return std::unexpected(status.error());
  return std::move(answer).finish(*status, error);
}

Result<ProvidedToken> Plugin::token(const TokenWish& wish) const {
  const std::vector<std::string> repositories = texts_of(wish.repositories);
  const std::vector<std::string> permissions =
      wish.permissions ? texts_of(*wish.permissions) : std::vector<std::string>();
  const std::vector<const char*> repository_texts = pointers(repositories);
  const std::vector<const char*> permission_texts = pointers(permissions);
  const hubwarden_wish wanted{
      wish.host.c_str(),       repository_texts.data(),
      repository_texts.size(), permission_texts.data(),
      permission_texts.size(), std::chrono::ceil<std::chrono::seconds>(wish.min_ttl).count()};
  TokenAnswer answer;
  hubwarden_error error{};
  const Result<int> status = call([&] { return table_->token(self_, &wanted, answer.interface(), &error); });
  if (!status) return std::unexpected(status.error());
  return std::move(answer).finish(*status, error);
}

}  // namespace hubwarden::providers
