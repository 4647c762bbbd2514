#include "config/load.h"

#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "config/coherence.h"
#include "config/document.h"
#include "config/policy_source.h"
#include "config/schema.h"
#include "config/settings.h"

namespace hubwarden::config {
namespace {

constexpr std::array<std::string_view, 2> kSearched = {"hubwarden.yaml", "/etc/hubwarden/hubwarden.yaml"};

class Loading {
 public:
  Loading(const Environment& environment, const FileReader& files)
      : secrets_(environment, files), environment_(environment), files_(files) {}

  std::expected<Loaded, std::vector<Problem>> run(const Arguments& arguments) {
    FileSettings file = read_file(arguments);
    add_environment(file.settings, environment_, loaded_.warnings);
    Draft draft;
    apply(keys(), file.settings, draft);
    add_apps(draft, file);
    add_plugins(draft, file);
    // Values that are missing because they were wrong would only raise further complaints.
    if (problems_.empty()) check_coherence(draft.config, file.settings, problems_, loaded_.warnings);
    if (!problems_.empty()) return std::unexpected(std::move(problems_));
    if (draft.config.listen.tls) {
      secrets_.look_at(draft.config.listen.tls->key, file.settings.at("listen.tls.key").origin,
                       loaded_.warnings);
    }
    if (!draft.config.redis.key.empty()) {
      secrets_.look_at(draft.config.redis.key, file.settings.at("redis.key").origin, loaded_.warnings);
    }
    if (!draft.config.policy.path.empty()) {
      auto policy = read_policy(draft.config.policy, file.settings.at("policy.path").origin, files_);
      if (!policy) return std::unexpected(std::move(policy.error()));
      draft.config.policy = *std::move(policy);
    }
    loaded_.config = std::move(draft.config);
    return std::move(loaded_);
  }

 private:
  FileSettings read_file(const Arguments& arguments) {
    if (arguments.path) return parse_file(*arguments.path, files_.read(*arguments.path, kMaxDocumentBytes));
    for (const std::string_view path : kSearched) {
      auto file = files_.read(std::string(path), kMaxDocumentBytes);
      if (file || file.error() != FileError::kMissing) return parse_file(std::string(path), std::move(file));
    }
    return {};
  }

  FileSettings parse_file(const std::string& path, std::expected<File, FileError> file) {
    if (!file) {
      problems_.emplace_back(Origin(path, 0), why(file.error()));
      return {};
    }
    loaded_.path = path;
    auto root = parse_document(file->content, path);
    if (!root) {
      problems_ = std::move(root.error());
      return {};
    }
    return settings_of_file(*root, path, problems_);
  }

  template <class Target>
  void apply(const std::vector<Key<Target>>& keys, const Settings& settings, Target& target) {
    Context context(secrets_, loaded_.warnings);
    for (const Key<Target>& key : keys) {
      const auto found = settings.find(key.path);
      if (found == settings.end()) continue;
      const Setting& setting = found->second;
      context.origin = setting.origin;
      context.from_environment = setting.layer != Layer::kFile;
      const auto wrong = key.set(target, setting.texts, context);
      if (wrong) problems_.emplace_back(setting.origin, described(key, setting, *wrong));
    }
  }

  // "tokens.floor '60' must be a duration …"; a secret's text is never shown, nor a URL that may hold one,
  // and a list names its own entry.
  template <class Target>
  static std::string described(const Key<Target>& key, const Setting& setting, const std::string& wrong) {
    std::string message = key.path;
    const bool may_be_shown =
        key.shape == Shape::kScalar && setting.texts.front().find_first_of("@?") == std::string::npos;
    if (may_be_shown) message += " '" + printable(setting.texts.front(), kMaxShownValue) + "'";
    const bool has_entries = key.shape == Shape::kList || key.shape == Shape::kMap;
    return message + (has_entries ? ": " : " ") + wrong;
  }

  void add_apps(Draft& draft, const FileSettings& file) {
    std::vector<Origin> origins;
    for (const std::string_view path : {"github.app_id", "github.client_id", "github.private_key"}) {
      const auto found = file.settings.find(path);
      if (found == file.settings.end()) continue;
      complete_app(draft.github, file.settings, found->second.origin, "github.", problems_);
      draft.config.apps.push_back(std::move(draft.github.app));
      origins.push_back(found->second.origin);
      break;
    }
    for (const EntrySettings& settings : file.apps) {
      AppDraft app;
      apply(app_keys(), settings.settings, app);
      complete_app(app, settings.settings, settings.origin, "", problems_);
      draft.config.apps.push_back(std::move(app.app));
      origins.push_back(settings.origin);
    }
    if (problems_.empty()) check_apps(draft.config.apps, origins, problems_);
  }

  void add_plugins(Draft& draft, const FileSettings& file) {
    std::vector<Origin> origins;
    for (const EntrySettings& settings : file.plugins) {
      PluginDraft plugin;
      apply(plugin_keys(), settings.settings, plugin);
      for (const github::Host& host : plugin.hosts) plugin.plugin.hosts.push_back(host.name());
      draft.config.plugins.push_back(std::move(plugin.plugin));
      origins.push_back(settings.origin);
    }
    if (problems_.empty()) check_plugins(draft.config, origins, problems_);
  }

  SecretSource secrets_;
  const Environment& environment_;
  const FileReader& files_;
  Loaded loaded_;
  std::vector<Problem> problems_;
};

}  // namespace

std::expected<Loaded, std::vector<Problem>> load(const Arguments& arguments, const Environment& environment,
                                                 const FileReader& files) {
  return Loading(environment, files).run(arguments);
}

Environment process_environment() {
  Environment environment;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view entry(*at);
    const std::size_t equals = entry.find('=');
    if (equals != std::string_view::npos)
      environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return environment;
}

}  // namespace hubwarden::config
