#include "sandbox/demo.h"

#include <array>
#include <utility>

#include "sandbox/key_files.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::array<std::string_view, 2> kRepositories = {"widgets", "gadgets"};

Permissions demo_permissions() {
  return {{"checks", Level::kWrite},
          {"contents", Level::kWrite},
          {"issues", Level::kWrite},
          {"metadata", Level::kRead},
          {"pull_requests", Level::kWrite}};
}

}  // namespace

net::Task<Result<Demo>> seed_demo(GitHub& github, std::filesystem::path key_directory) {
  World& world = github.state().world;
  const TimePoint now = github.clock().now();
  const auto acme = world.add_account("acme", true);
  if (!acme) co_return std::unexpected(acme.error());
  for (const std::string_view name : kRepositories) {
    const auto id = world.add_repository(*acme, name, true, now);
    if (!id) co_return std::unexpected(id.error());
    auto committing = github.commit_file(FileToCommit(*id, "README.md", "# " + std::string(name) + "\n"));
    const Result<> committed = co_await std::move(committing);
    if (!committed) co_return std::unexpected(committed.error());
  }
  const KeyPair key = KeyPair::generate();
  NewApp wanted{*acme, "hubwarden-demo", demo_permissions(), {"installation"}, key.public_key()};
  const auto app = world.add_app(std::move(wanted), now);
  if (!app) co_return std::unexpected(app.error());
  const auto file = write_key_file(key_directory, *app, key);
  if (!file) co_return std::unexpected(file.error());
  NewInstallation everywhere{*app, *acme, true, {}, std::nullopt};
  const auto installation = world.add_installation(std::move(everywhere), now);
  if (!installation) co_return std::unexpected(installation.error());
  Demo demo;
  demo.app = *app;
  demo.client_id = world.app(*app)->client_id;
  demo.private_key_file = *file;
  demo.installation = *installation;
  co_return demo;
}

}  // namespace hubwarden::sandbox
