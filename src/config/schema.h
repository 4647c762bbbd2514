#pragma once

// Every key that exists, once: its name, its shape, how its texts become a value, and where that goes.
//
// The file and the environment both become Settings (config/settings.h), and the schema applies them, so a
// value means the same wherever it stands.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/problem.h"
#include "config/secrets.h"

namespace hubwarden::config {

// `kSecrets` may stand as one reference or as a list of them. The texts of a map are its keys and values in
// turn.
enum class Shape { kScalar, kList, kSecret, kSecrets, kMap };

// What a setter may look at beside its texts.
struct Context {
  Context(const SecretSource& secrets_, std::vector<Problem>& warnings_)
      : secrets(secrets_), warnings(warnings_) {}

  const SecretSource& secrets;
  std::vector<Problem>& warnings;
  Origin origin;                  // of the value being set
  bool from_environment = false;  // a secret may then stand literally
};

template <class Target>
struct Key {
  // Nothing, or what is wrong with the texts: "must be true or false".
  using Set = std::function<std::optional<std::string>(Target&, std::span<const std::string>, Context&)>;

  Key(std::string path_, Shape shape_, Set set_)
      : path(std::move(path_)), shape(shape_), set(std::move(set_)) {}

  std::string path;  // "tokens.floor"
  Shape shape;
  Set set;
};

// An App that is being read: what is not given follows from the rest once all of it is known.
struct AppDraft {
  App app;
  std::optional<github::Host> host;
  std::optional<github::Host> api_url;
  std::optional<std::string> app_id;
  std::optional<std::string> client_id;
};

// One entry of `plugins`.
struct PluginDraft {
  Plugin plugin;
  std::vector<github::Host> hosts;
};

// A configuration that is being read: `github` is an App like those of `apps`.
struct Draft {
  Config config;
  AppDraft github;
};

const std::vector<Key<Draft>>& keys();               // all sections but `apps` and `plugins`
const std::vector<Key<AppDraft>>& app_keys();        // of one entry of `apps`: "name", "private_key"
const std::vector<Key<PluginDraft>>& plugin_keys();  // of one entry of `plugins`: "name", "path"

// "HUBWARDEN_TOKENS_FLOOR" for "tokens.floor".
std::string variable_of(std::string_view path);

}  // namespace hubwarden::config
