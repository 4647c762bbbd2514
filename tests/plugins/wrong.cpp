// Plugins that hubwarden refuses when it loads them; which mistake it is, is defined by the build.

#include <hubwarden/plugin.h>

#include <cstdint>

namespace {

[[maybe_unused]] int environment(void*, const hubwarden_workspace*, hubwarden_environment*,
                                 hubwarden_error*) {
  return HUBWARDEN_OK;
}

constexpr std::uint32_t abi() {
#ifdef WRONG_ABI
  return HUBWARDEN_PLUGIN_ABI + 41;
#else
  return HUBWARDEN_PLUGIN_ABI;
#endif
}

constexpr std::uint32_t size() {
#ifdef SHORT_TABLE
  return sizeof(hubwarden_plugin) - sizeof(void*);
#else
  return sizeof(hubwarden_plugin);
#endif
}

constexpr decltype(hubwarden_plugin::environment) calls() {
#ifdef DOES_NOTHING
  return nullptr;
#else
  return environment;
#endif
}

const hubwarden_plugin plugin = {abi(), size(), nullptr, nullptr, calls(), nullptr};

}  // namespace

const hubwarden_plugin* hubwarden_plugin_entry(std::uint32_t) {
#ifdef THROWS_IN_ENTRY
  throw 42;
#endif
#ifdef DECLINES
  return nullptr;
#else
  return &plugin;
#endif
}
