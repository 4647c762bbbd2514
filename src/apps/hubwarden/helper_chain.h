#pragma once

// The order in which git asks its credential helpers for one host, and what has to be written so that ours is
// asked first and every other still after it. Pure: configuration in, values out.
//
// git asks the helpers in the order in which it reads them, whether they stand under `credential.helper` or
// under `credential.<url>.helper`; an empty value forgets all before it. To come first behind a helper that
// stands in an earlier file or section, the list is emptied and the others are named again after ours. They
// must stay: they answer for what hubwarden does not, and when it is away.

#include <string>
#include <string_view>
#include <vector>

namespace hubwarden::apps {

struct ConfigEntry {
  std::string scope;   // "system", "global", "local"; empty when git was not asked for it
  std::string origin;  // "file:/var/lib/agent/.gitconfig"; the same
  std::string key;     // section and name in lower case, as git prints them
  std::string value;
};

// `git config --list -z`, with `--show-scope --show-origin` or without.
enum class ConfigListing { kPlain, kWithOrigin };
std::vector<ConfigEntry> parse_config_list(std::string_view bytes, ConfigListing listing);

// "credential.https://github.com.helper" for "https://github.com".
std::string helper_key(std::string_view host);
std::string path_key(std::string_view host);

// The entries with the helpers that git would ask for this host, in order; and their values alone.
std::vector<ConfigEntry> helper_entries(const std::vector<ConfigEntry>& entries, std::string_view host);
std::vector<std::string> helper_chain(const std::vector<ConfigEntry>& entries, std::string_view host);

// What people may read of a helper: its program's name. The rest of its line is anybody's shell, which may
// hold a password.
std::string helper_name(std::string_view helper);
// Whether a helper is git-credential-hubwarden, with whatever arguments.
bool is_hubwarden(std::string_view helper);
// The words of a helper's line as `helper_line` writes it: the program, "--config", the settings file.
std::vector<std::string> helper_words(std::string_view helper);
// Whether a helper keeps what it is told: it would keep our token beyond its hour.
bool keeps_passwords(std::string_view helper);

// The values of helper_key(host) that put `ours` first and lose nobody.
std::vector<std::string> values_with(std::string_view ours, const std::vector<std::string>& chain);

// The values that were there before: without ours, without the empty value that made room for it, without
// what was named again. `values` are the file's own, `outside` is the chain without them.
std::vector<std::string> values_without_hubwarden(const std::vector<std::string>& values,
                                                  const std::vector<std::string>& outside);

// One word for the shell that runs the helper, quoted only when it must be.
std::string shell_word(std::string_view text);
// The helper's whole line: git takes a line that starts with `/` for a program and one that starts with `!`
// for shell.
std::string helper_line(std::string_view program, std::string_view settings_file);

}  // namespace hubwarden::apps
