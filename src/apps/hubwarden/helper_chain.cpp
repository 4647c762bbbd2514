#include "apps/hubwarden/helper_chain.h"

#include <algorithm>

#include "base/text.h"

namespace hubwarden::apps {
namespace {

// Cuts the next piece off `rest`, up to the NUL that ends it.
std::string_view take_piece(std::string_view& rest) {
  const std::size_t end = rest.find('\0');
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return piece;
}

// `credential.helper`, or one for this host, with its scheme or without. Patterns (`https://*.example.com`)
// are left to git.
bool is_helper_for(std::string_view key, std::string_view host) {
  if (key == "credential.helper") return true;
  const std::string_view name = host.substr(host.find("://") + 3);
  return key == helper_key(host) || key == helper_key(std::string(host) + "/") || key == helper_key(name);
}

bool contains(const std::vector<std::string>& values, std::string_view value) {
  return std::ranges::find(values, value) != values.end();
}

// The program's name: the first word's last part, without quotes and git's `!`.
std::string_view program_of(std::string_view helper) {
  if (helper.starts_with('!')) helper.remove_prefix(1);
  if (helper.starts_with('\'')) {
    helper.remove_prefix(1);
    helper = helper.substr(0, helper.find('\''));
  } else {
    helper = helper.substr(0, helper.find(' '));
  }
  return helper.substr(helper.rfind('/') + 1);
}

}  // namespace

std::vector<ConfigEntry> parse_config_list(std::string_view bytes, ConfigListing listing) {
  std::vector<ConfigEntry> entries;
  while (!bytes.empty()) {
    ConfigEntry entry;
    if (listing == ConfigListing::kWithOrigin) {
      entry.scope = take_piece(bytes);
      entry.origin = take_piece(bytes);
    }
    const std::string_view piece = take_piece(bytes);
    const std::size_t end = piece.find('\n');
    entry.key = piece.substr(0, end);
    if (end != std::string_view::npos) entry.value = piece.substr(end + 1);
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string helper_key(std::string_view host) {
  return "credential." + std::string(host) + ".helper";
}

std::string path_key(std::string_view host) {
  return "credential." + std::string(host) + ".usehttppath";
}

std::vector<ConfigEntry> helper_entries(const std::vector<ConfigEntry>& entries, std::string_view host) {
  std::vector<ConfigEntry> chain;
  for (const ConfigEntry& entry : entries) {
    if (!is_helper_for(entry.key, host)) continue;
    if (entry.value.empty()) {
      chain.clear();
    } else {
      chain.push_back(entry);
    }
  }
  return chain;
}

std::vector<std::string> helper_chain(const std::vector<ConfigEntry>& entries, std::string_view host) {
  std::vector<std::string> chain;
  for (ConfigEntry& entry : helper_entries(entries, host)) chain.push_back(std::move(entry.value));
  return chain;
}

std::string helper_name(std::string_view helper) {
  const std::string_view program = program_of(helper);
  const bool is_plain = !program.empty() && std::ranges::all_of(program, [](char c) {
    return is_alnum(c) || c == '-' || c == '_' || c == '.';
  });
  return is_plain ? std::string(program) : "a shell command";
}

bool is_hubwarden(std::string_view helper) {
  const std::string_view program = program_of(helper);
  return program == "git-credential-hubwarden" || program == "hubwarden";
}

bool keeps_passwords(std::string_view helper) {
  const std::string_view program = program_of(helper);
  const std::string_view name = program.starts_with("git-credential-") ? program.substr(15) : program;
  return name == "store" || name == "cache" || name == "libsecret" || name == "osxkeychain" ||
         name == "wincred";
}

std::vector<std::string> values_with(std::string_view ours, const std::vector<std::string>& chain) {
  std::vector<std::string> values = {"", std::string(ours)};
  for (const std::string& helper : chain) {
    if (!is_hubwarden(helper) && !contains(values, helper)) values.push_back(helper);
  }
  return values;
}

std::vector<std::string> values_without_hubwarden(const std::vector<std::string>& values,
                                                  const std::vector<std::string>& outside) {
  const auto ours = std::ranges::find_if(values, is_hubwarden);
  if (ours == values.end()) return values;
  std::vector<std::string> before(values.begin(), ours);
  std::vector<std::string> after;
  std::copy_if(ours + 1, values.end(), std::back_inserter(after),
               [](const std::string& helper) { return !is_hubwarden(helper); });
  // Had the list been ours to empty, everybody outside would have been named again.
  const bool names_all_again =
      std::ranges::all_of(outside, [&](const std::string& helper) { return contains(after, helper); });
  if (!before.empty() && before.back().empty() && names_all_again) {
    before.pop_back();
    std::erase_if(after, [&](const std::string& helper) { return contains(outside, helper); });
  }
  before.insert(before.end(), after.begin(), after.end());
  return before;
}

std::string shell_word(std::string_view text) {
  const bool is_plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alnum(c) || std::string_view("/._+-:@%,").find(c) != std::string_view::npos;
  });
  if (is_plain) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::vector<std::string> helper_words(std::string_view helper) {
  if (helper.starts_with('!')) helper.remove_prefix(1);
  std::vector<std::string> words;
  bool is_inside = false;
  bool is_quoted = false;
  for (std::size_t i = 0; i < helper.size(); ++i) {
    const char c = helper[i];
    if (!is_quoted && c == ' ') {
      is_inside = false;
      continue;
    }
    if (!is_inside) words.emplace_back();
    is_inside = true;
    if (c == '\'') {
      is_quoted = !is_quoted;
    } else if (!is_quoted && c == '\\' && i + 1 < helper.size()) {
      words.back() += helper[++i];
    } else {
      words.back() += c;
    }
  }
  return words;
}

std::string helper_line(std::string_view program, std::string_view settings_file) {
  std::string line = shell_word(program);
  if (line.starts_with('\'')) line.insert(0, 1, '!');
  return line + " --config " + shell_word(settings_file);
}

}  // namespace hubwarden::apps
