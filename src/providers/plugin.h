#pragma once

// A plugin: a shared object behind the C interface of <hubwarden/plugin.h>, loaded and opened.
//
//   Result<std::shared_ptr<Plugin>> plugin = Plugin::load({"team", "/usr/lib/hubwarden/plugins/team.so"});
//   Result<BootEnvironment> after = (*plugin)->extend(std::move(before), workspace);
//
// Everything here blocks for as long as the plugin likes: see providers/calls.h. What comes out of a plugin
// is checked, and its exceptions are caught; what it does to this process's memory, nobody can check.
// Thread-safe, as plugins promise to be. The shared object is never unloaded: it may have left threads and
// handlers behind.

#include <hubwarden/plugin.h>
#include <hubwarden/provider.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hubwarden::providers {

struct PluginSpec {
  PluginSpec(std::string name_, std::string path_) : name(std::move(name_)), path(std::move(path_)) {}

  std::string name;
  std::string path;  // with a '/', so that it is searched for nowhere
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<std::string> hosts;  // those that it may be asked for tokens of
};

class Plugin {
 public:
  // `not_configured`, naming the plugin and its path: it is not there, anybody may write to it, it is no
  // plugin, it speaks another ABI, it did not open.
  static Result<std::shared_ptr<Plugin>> load(PluginSpec spec);
  ~Plugin();
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  const PluginSpec& spec() const { return spec_; }
  bool gives_tokens() const { return table_->token != nullptr; }

  // What there was, with the plugin's changes.
  Result<BootEnvironment> extend(BootEnvironment so_far, const BootingWorkspace& workspace) const;
  // Well-formed; how long it lives is for the registry to judge.
  Result<ProvidedToken> token(const TokenWish& wish) const;

 private:
  explicit Plugin(PluginSpec spec) : spec_(std::move(spec)) {}
  Result<> find_table();
  Result<> check_table() const;
  Result<> open();

  PluginSpec spec_;
  const hubwarden_plugin* table_ = nullptr;
  void* self_ = nullptr;
  bool is_open_ = false;
};

}  // namespace hubwarden::providers
