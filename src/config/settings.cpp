#include "config/settings.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"

namespace hubwarden::config {
namespace {

// Two typing errors in a word are still that word.
constexpr std::size_t kNear = 2;
// Lists come from people; a longer one is a mistake, and each entry may cost a listener or an App.
constexpr std::size_t kMaxItems = 1000;

struct Alternatives {
  std::string_view one;
  std::string_view other;
};

constexpr std::array kAlternatives = {Alternatives{"github.app_id", "github.client_id"},
                                      Alternatives{"github.host", "github.api_url"}};

void drop_weaker(Settings& settings, std::string_view path, Layer layer) {
  const auto found = settings.find(path);
  if (found != settings.end() && found->second.layer < layer) settings.erase(found);
}

std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('.') + 1);
}

// "(did you mean 'floor'?)", or nothing.
std::string suggestion(std::string_view given, const std::vector<std::string>& known) {
  std::string_view nearest;
  std::size_t least = kNear + 1;
  for (const std::string& name : known) {
    const std::size_t distance = edit_distance(given.substr(0, kMaxShownValue), name);
    if (distance < least && distance < name.size()) {
      least = distance;
      nearest = name;
    }
  }
  return nearest.empty() ? "" : " (did you mean '" + std::string(nearest) + "'?)";
}

template <class Target>
class FileWalk {
 public:
  FileWalk(const std::vector<Key<Target>>& keys, std::string source, std::vector<Problem>& problems)
      : keys_(keys), source_(std::move(source)), problems_(problems) {}

  // The entries of a map whose path is `prefix`, "" or "tokens.".
  void walk(const Node& map, const std::string& prefix, Settings& out) {
    for (const Node& entry : map.children) {
      const std::string path = prefix + entry.key;
      const auto key = std::ranges::find(keys_, path, &Key<Target>::path);
      if (key != keys_.end()) {
        take(*key, entry, out);
      } else if (is_section(path)) {
        enter(entry, path, out);
      } else {
        problem(entry.key_line,
                "unknown key '" + printable(path, kMaxShownValue) + "'" + near(entry.key, prefix));
      }
    }
  }

  void problem(int line, std::string message) {
    problems_.emplace_back(Origin(source_, line), std::move(message));
  }

 private:
  bool is_section(const std::string& path) const {
    return std::ranges::any_of(keys_,
                               [&](const Key<Target>& key) { return key.path.starts_with(path + "."); });
  }

  void enter(const Node& entry, const std::string& path, Settings& out) {
    if (entry.kind == Node::Kind::kMap) return walk(entry, path + ".", out);
    if (entry.kind == Node::Kind::kNothing) return;  // a section whose keys are all commented out
    problem(entry.key_line, "'" + path + "' must be a map of keys");
  }

  void take(const Key<Target>& key, const Node& entry, Settings& out) {
    std::optional<std::vector<std::string>> texts;
    switch (key.shape) {
      case Shape::kList: texts = texts_of_list(key, entry); break;
      case Shape::kMap: texts = texts_of_map(key, entry); break;
      case Shape::kSecrets:
        if (entry.kind == Node::Kind::kScalar) {
          texts.emplace(1, entry.text);
        } else {
          texts = texts_of_list(key, entry);
        }
        break;
      case Shape::kScalar:
      case Shape::kSecret:
        if (entry.kind == Node::Kind::kScalar) texts.emplace(1, entry.text);
        if (!texts) problem(entry.key_line, "'" + key.path + "' must be a single value");
    }
    if (!texts) return;
    out.insert_or_assign(key.path, Setting(Layer::kFile, Origin(source_, entry.key_line), std::move(*texts)));
  }

  // Nothing, and a problem, for another shape.
  std::optional<std::vector<std::string>> texts_of_list(const Key<Target>& key, const Node& entry) {
    return texts_within(key, entry, Node::Kind::kList, "a list, such as [one, two]", "a list of texts");
  }
  std::optional<std::vector<std::string>> texts_of_map(const Key<Target>& key, const Node& entry) {
    return texts_within(key, entry, Node::Kind::kMap, "a map, such as {name: text}", "a map of texts");
  }
  std::optional<std::vector<std::string>> texts_within(const Key<Target>& key, const Node& entry,
                                                       Node::Kind kind, std::string_view shape,
                                                       std::string_view content) {
    const std::string name = "'" + key.path + "' ";
    if (entry.kind != kind) {
      problem(entry.key_line, name + "must be " + std::string(shape));
      return std::nullopt;
    }
    if (entry.children.size() > kMaxItems) {
      problem(entry.key_line, name + "has too many entries");
      return std::nullopt;
    }
    std::vector<std::string> texts;
    for (const Node& item : entry.children) {
      if (item.kind != Node::Kind::kScalar) {
        problem(item.line, name + "must be " + std::string(content));
        return std::nullopt;
      }
      if (kind == Node::Kind::kMap) texts.push_back(item.key);
      texts.push_back(item.text);
    }
    return texts;
  }

  // Names that may stand where the unknown one does: keys and sections.
  std::string near(std::string_view given, const std::string& prefix) const {
    std::vector<std::string> known;
    for (const Key<Target>& key : keys_) {
      if (!key.path.starts_with(prefix)) continue;
      const std::string_view rest = std::string_view(key.path).substr(prefix.size());
      known.emplace_back(rest.substr(0, rest.find('.')));
    }
    if (prefix.empty() && std::is_same_v<Target, Draft>) known.insert(known.end(), {"apps", "plugins"});
    if (std::string found = suggestion(given, known); !found.empty()) return found;
    // The right word in the wrong place.
    const auto elsewhere =
        std::ranges::find_if(keys_, [&](const Key<Target>& key) { return last_part(key.path) == given; });
    return elsewhere == keys_.end() ? "" : " (did you mean '" + elsewhere->path + "'?)";
  }

  const std::vector<Key<Target>>& keys_;
  std::string source_;
  std::vector<Problem>& problems_;
};

// The entries of a list of maps, each with the keys of `Target`. `entries` says what they are called.
template <class Target>
std::vector<EntrySettings> entries_of(const Node& list, const std::vector<Key<Target>>& keys,
                                      std::string_view entries, const std::string& source,
                                      std::vector<Problem>& problems) {
  std::vector<EntrySettings> all;
  FileWalk<Target> walk(keys, source, problems);
  if (list.kind == Node::Kind::kNothing) return all;
  if (list.kind != Node::Kind::kList || list.children.size() > kMaxItems) {
    walk.problem(list.key_line, "'" + list.key + "' must be a list of " + std::string(entries));
    return all;
  }
  for (const Node& item : list.children) {
    if (item.kind != Node::Kind::kMap) {
      walk.problem(item.line, "an entry of '" + list.key + "' must be a map");
      continue;
    }
    Settings settings;
    walk.walk(item, "", settings);
    all.emplace_back(Origin(source, item.line), std::move(settings));
  }
  return all;
}

struct UsualName {
  std::string_view variable;
  std::string_view path;
  std::string_view before = "";  // turns the value into a reference
};

// Where two name the same key, the later one wins.
constexpr std::array kUsualNames = {
    UsualName{"GITHUB_APP_ID", "github.app_id"},
    UsualName{"GITHUB_APP_CLIENT_ID", "github.client_id"},
    UsualName{"GITHUB_APP_PRIVATE_KEY", "github.private_key"},
    UsualName{"GITHUB_APP_PRIVATE_KEY_FILE", "github.private_key", "file:"},
    UsualName{"GITHUB_APP_INSTALLATION_ID", "github.installation_id"},
    UsualName{"GITHUB_API_URL", "github.api_url"},
    UsualName{"GITHUB_TOKEN", "fallback.token"},
    UsualName{"HTTPS_PROXY", "github.proxy"},
    UsualName{"https_proxy", "github.proxy"},
    UsualName{"NO_PROXY", "github.no_proxy"},
    UsualName{"no_proxy", "github.no_proxy"},
};

std::vector<std::string> texts_of_variable(const Key<Draft>& key, std::string_view value) {
  // A secret that stands there itself may hold commas.
  const bool is_list =
      key.shape == Shape::kList || (key.shape == Shape::kSecrets && SecretSource::is_reference(value));
  if (!is_list) return {std::string(value)};
  std::vector<std::string> texts;
  for (const std::string_view part : split(value, ',')) {
    if (const std::string_view text = trim(part); !text.empty()) texts.emplace_back(text);
  }
  return texts;
}

std::optional<std::string_view> value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  if (found == environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

void warn_of_misspelt(const Environment& environment, std::vector<Problem>& warnings) {
  std::vector<std::string> known;
  for (const Key<Draft>& key : keys()) known.push_back(variable_of(key.path));
  for (auto at = environment.lower_bound("HUBWARDEN_"); at != environment.end(); ++at) {
    if (!at->first.starts_with("HUBWARDEN_")) break;
    if (std::ranges::find(known, at->first) != known.end()) continue;
    // Names far from ours belong to the credential helper, or to Kubernetes, which sets one for each service.
    const std::string near = suggestion(at->first, known);
    if (!near.empty()) warnings.emplace_back(Origin::variable(at->first), "is not read" + near);
  }
}

}  // namespace

void put(Settings& settings, std::string path, Setting setting) {
  for (const auto& [one, other] : kAlternatives) {
    if (path == one) drop_weaker(settings, other, setting.layer);
    if (path == other) drop_weaker(settings, one, setting.layer);
  }
  settings.insert_or_assign(std::move(path), std::move(setting));
}

FileSettings settings_of_file(const Node& root, const std::string& source, std::vector<Problem>& problems) {
  FileSettings result;
  Node sections(Node::Kind::kMap, root.line);
  for (const Node& entry : root.children) {
    if (entry.key == "apps") {
      result.apps =
          entries_of(entry, app_keys(), "Apps, each with name, app_id and private_key", source, problems);
    } else if (entry.key == "plugins") {
      result.plugins = entries_of(entry, plugin_keys(), "plugins, each with name and path", source, problems);
    } else {
      sections.children.push_back(entry);
    }
  }
  FileWalk<Draft>(keys(), source, problems).walk(sections, "", result.settings);
  return result;
}

void add_environment(Settings& settings, const Environment& environment, std::vector<Problem>& warnings) {
  for (const UsualName& usual : kUsualNames) {
    const auto value = value_of(environment, usual.variable);
    if (!value) continue;
    const auto key = std::ranges::find(keys(), usual.path, &Key<Draft>::path);
    const std::string text = std::string(usual.before) + std::string(*value);
    put(settings, std::string(usual.path),
        Setting(Layer::kUsualVariable, Origin::variable(std::string(usual.variable)),
                texts_of_variable(*key, text)));
  }
  for (const Key<Draft>& key : keys()) {
    const std::string name = variable_of(key.path);
    const auto value = value_of(environment, name);
    if (!value) continue;
    put(settings, key.path,
        Setting(Layer::kOwnVariable, Origin::variable(name), texts_of_variable(key, *value)));
  }
  warn_of_misspelt(environment, warnings);
}

}  // namespace hubwarden::config
