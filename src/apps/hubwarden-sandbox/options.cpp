#include "apps/hubwarden-sandbox/options.h"

#include <CLI/CLI.hpp>

#include "base/time_text.h"

namespace hubwarden::sandbox {
namespace {

constexpr int kWrongUsage = 2;

}  // namespace

Parsed parse_options(int argc, char** argv) {
  Options options;
  std::string lifetime = "1h";
  std::string format = "classic";
  CLI::App app("A GitHub of your own: Apps, installation tokens, REST and git, on loopback.");
  app.add_option("--port", options.port, "Port of GitHub's own side, 0 for any")->capture_default_str();
  app.add_option("--files-port", options.files_port, "Port of the origin that redirects lead to, 0 for any")
      ->capture_default_str();
  app.add_option("--control-port", options.control_port, "Port of the control API, 0 for any")
      ->capture_default_str();
  app.add_option("--address", options.address, "Numeric address of GitHub's side")->capture_default_str();
  app.add_option("--data", options.data, "Directory for repositories and keys; without it a temporary one");
  app.add_option("--ready-file", options.ready_file,
                 "Write the ready line here too, once everything listens");
  app.add_option("--token-lifetime", lifetime, "How long installation tokens live: 20s, 1h")
      ->capture_default_str();
  app.add_option("--token-format", format, "classic or stateless")
      ->check(CLI::IsMember({"classic", "stateless"}))
      ->capture_default_str();
  app.add_flag("--seed-demo", options.seed_demo, "Begin with acme/widgets, acme/gadgets and an App on both");
  app.add_flag("--verbose", options.verbose, "Log more");
  app.footer("Prints one line of JSON when ready. Stop it with SIGINT or SIGTERM.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool was_help = app.exit(error) == 0;
    return Parsed{std::nullopt, was_help ? 0 : kWrongUsage};
  }
  const auto parsed = parse_duration(lifetime);
  if (!parsed || *parsed <= Duration::zero()) {
    std::cerr << "--token-lifetime: not a duration: " << lifetime << "\n";
    return Parsed{std::nullopt, kWrongUsage};
  }
  options.settings.token_lifetime = *parsed;
  options.settings.token_format = format == "stateless" ? TokenFormat::kStateless : TokenFormat::kClassic;
  return Parsed{std::move(options), 0};
}

}  // namespace hubwarden::sandbox
