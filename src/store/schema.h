#pragma once

// The tables, as a list of migrations: the n-th takes a file from version n-1 to n. Never edit one that was
// released.
//
// Times are microseconds since 1970 (UTC). Lists are texts in the form that policy/ reads and writes, so that
// one parser guards the edge and the file alike.

#include <array>
#include <string_view>

namespace hubwarden::store {

inline constexpr int kApplicationId = 0x68627764;  // "hbwd" in the header of the file

inline constexpr std::array kMigrations = {
    R"sql(
CREATE TABLE workspaces (
  id           TEXT PRIMARY KEY,
  repositories TEXT NOT NULL,      -- acme/widgets acme/gadgets
  permissions  TEXT NOT NULL,      -- contents:write,metadata:read
  created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE workspace_tokens (
  workspace_id TEXT NOT NULL REFERENCES workspaces(id) ON DELETE CASCADE,
  id           TEXT NOT NULL,      -- 16 hexadecimal digits
  digest       BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),  -- SHA-256 of the token
  created_at   INTEGER NOT NULL,
  revoked_at   INTEGER,
  PRIMARY KEY (workspace_id, id)
) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
CREATE TABLE handles (
  id             TEXT PRIMARY KEY,   -- 16 hexadecimal digits
  digest         BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),  -- SHA-256 of the handle
  issuer         TEXT NOT NULL,      -- admin
  repository     TEXT NOT NULL,      -- acme/widgets
  host           TEXT,               -- ghe.example.com; NULL: the usual one
  operations     TEXT NOT NULL,      -- read,create_issue
  priority       TEXT NOT NULL,      -- normal, background
  concurrent     INTEGER NOT NULL,
  requests       INTEGER NOT NULL,
  bytes          INTEGER NOT NULL,
  spent_requests INTEGER NOT NULL,
  spent_bytes    INTEGER NOT NULL,
  created_at     INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL,
  revoked_at     INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX handles_by_end ON handles (min(expires_at, coalesce(revoked_at, expires_at)));
)sql",
};

}  // namespace hubwarden::store
