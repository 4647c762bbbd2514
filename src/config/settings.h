#pragma once

// What the file and the environment say, before anything is made of it: texts under their key's path.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/problem.h"
#include "config/schema.h"

namespace hubwarden::config {

// Where a value was set, the weakest first.
enum class Layer { kFile, kUsualVariable, kOwnVariable };

struct Setting {
  Setting(Layer layer_, Origin origin_, std::vector<std::string> texts_)
      : layer(layer_), origin(std::move(origin_)), texts(std::move(texts_)) {}

  Layer layer;
  Origin origin;
  std::vector<std::string> texts;  // one, those of a list, or keys and values in turn
};

using Settings = std::map<std::string, Setting, std::less<>>;

// Of the stronger layer; a stronger `app_id` also drops a weaker `client_id`, as `api_url` does with `host`.
void put(Settings& settings, std::string path, Setting setting);

// One entry of `apps` or `plugins`.
struct EntrySettings {
  EntrySettings(Origin origin_, Settings settings_)
      : origin(std::move(origin_)), settings(std::move(settings_)) {}

  Origin origin;
  Settings settings;
};

struct FileSettings {
  Settings settings;
  std::vector<EntrySettings> apps;
  std::vector<EntrySettings> plugins;
};

// Unknown keys and values of the wrong shape become problems, with the nearest known key.
FileSettings settings_of_file(const Node& root, const std::string& source, std::vector<Problem>& problems);

// `HUBWARDEN_SECTION_KEY` and the usual names of others (GITHUB_APP_ID, HTTPS_PROXY, …). An empty variable is
// not set. A variable that looks like a misspelt one of ours becomes a warning.
void add_environment(Settings& settings, const Environment& environment, std::vector<Problem>& warnings);

}  // namespace hubwarden::config
