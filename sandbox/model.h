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

// One file of a comparison, as git tells it.
struct ChangedFile {
  std::string name;
  std::string previous_name;  // "" unless it was renamed
  std::string status;         // "added", "removed", "modified", "renamed"
  std::string blob;
  std::uint64_t additions = 0;
  std::uint64_t deletions = 0;
  std::string patch;  // "" of a binary file
};

struct Signature {
  std::string name;
  std::string email;
  TimePoint at;
};

struct Commit {
  std::string sha;
  std::string tree;
  std::vector<std::string> parents;
  Signature author;
  Signature committer;
  std::string message;
  std::vector<ChangedFile> files;  // against its first parent
};

// What a pull request has beside what an issue has, as it was when it was opened.
struct Pull {
  std::uint64_t id;
  std::string head;  // a branch
  std::string base;
  std::string head_sha;
  std::string base_sha;
  bool is_draft = false;
  std::uint64_t commits = 0;
  std::vector<ChangedFile> files;
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
  TimePoint updated_at;
  std::optional<TimePoint> closed_at;  // closed when it is there
  std::string state_reason;            // "completed", "reopened" …; "" for none
  std::optional<Pull> pull;            // a pull request is an issue too
};

struct CheckRun {
  std::uint64_t id;
  AppId app;
  std::string name;
  std::string head_sha;
  std::string status;  // "queued", "in_progress", "completed" …
  std::optional<std::string> conclusion;
  std::optional<std::string> details_url;
  std::string external_id;
  std::optional<TimePoint> started_at;
  std::optional<TimePoint> completed_at;
  std::optional<std::string> output_title;
  std::optional<std::string> output_summary;
  std::optional<std::string> output_text;
  std::uint64_t annotations = 0;
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
  std::map<std::uint64_t, Issue> issues;           // by number; pull requests too
  std::map<std::string, std::uint64_t> label_ids;  // every label that was ever put on something
  std::map<std::uint64_t, CheckRun> checks;        // by id
  std::set<std::string> commits;                   // those that git was once found to have
};

}  // namespace hubwarden::sandbox
