#pragma once

// What GitHub knows, as far as a GitHub App meets it. Plain values; World keeps them consistent.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "sandbox/permissions.h"
#include "sandbox/rsa_key.h"

namespace hubwarden::sandbox {

using AppId = Id<struct AppTag>;
using AccountId = Id<struct AccountTag>;

struct Account {
  AccountId id;
  std::string login;
  bool is_organization;
};

struct App {
  AppId id;
  AccountId owner;
  AccountId bot;  // the number of the user "<slug>[bot]" that its tokens act as
  std::string slug;
  std::string name;
  std::string client_id;
  Permissions permissions;
  std::vector<std::string> events;
  std::vector<PublicKey> keys;
  TimePoint created_at;
};

struct Installation {
  InstallationId id;
  AppId app;
  AccountId account;
  bool all_repositories;
  std::set<RepositoryId> selected;  // meaningful without all_repositories
  Permissions permissions;
  std::vector<std::string> events;
  TimePoint created_at;
  TimePoint updated_at;
  std::optional<TimePoint> suspended_at;
};

struct Comment {
  std::uint64_t id;
  AppId author;
  std::string body;
  TimePoint created_at;
};

struct Issue {
  std::uint64_t id;
  std::uint64_t number;
  AppId author;
  std::string title;
  std::optional<std::string> body;
  std::vector<std::string> labels;
  std::vector<Comment> comments;
  TimePoint created_at;
};

struct Repository {
  RepositoryId id;
  AccountId owner;
  std::string name;
  bool is_private;
  bool is_archived = false;
  std::string default_branch = "main";
  TimePoint created_at;
  TimePoint pushed_at;
  std::map<std::uint64_t, Issue> issues;  // by number
};

}  // namespace hubwarden::sandbox
