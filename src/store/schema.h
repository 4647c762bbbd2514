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
    R"sql(
-- Neighbouring records of one chain in one row: what is written in one go costs one insertion.
CREATE TABLE ledger_segments (
  replica        TEXT NOT NULL,      -- 16 hexadecimal digits
  first_sequence INTEGER NOT NULL,
  last_sequence  INTEGER NOT NULL,
  begun_at       INTEGER NOT NULL,   -- of the earliest record
  ended_at       INTEGER NOT NULL,   -- of the latest
  hash           BLOB NOT NULL CHECK (length(hash) = 32),  -- of the last record
  lines          TEXT NOT NULL,      -- as docs/ledger.md has them
  PRIMARY KEY (replica, first_sequence)
) STRICT;
CREATE INDEX ledger_segments_by_end ON ledger_segments (ended_at);

CREATE TABLE ledger_fingerprints (
  fingerprint    TEXT NOT NULL,
  replica        TEXT NOT NULL,
  first_sequence INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, replica, first_sequence),
  FOREIGN KEY (replica, first_sequence) REFERENCES ledger_segments ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_fingerprints_by_segment ON ledger_fingerprints (replica, first_sequence);

-- Of chains whose beginning was deleted.
CREATE TABLE ledger_beginnings (
  replica       TEXT PRIMARY KEY,
  last_sequence INTEGER NOT NULL,    -- deleted up to this one
  hash          BLOB NOT NULL CHECK (length(hash) = 32),  -- which was this
  made_at       INTEGER NOT NULL,
  statement     TEXT NOT NULL        -- a signed line that says so
) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
CREATE TABLE revocations (
  id           TEXT PRIMARY KEY,     -- 16 hexadecimal digits
  kind         TEXT NOT NULL,        -- session, grant, workspace, agent, repository, app, all
  subject      TEXT NOT NULL,
  within       TEXT NOT NULL,        -- of a grant that its session revokes: <session>/<grant>
  host         TEXT NOT NULL,        -- of a repository and an App
  repository   INTEGER,              -- GitHub's ids, as far as they were known
  installation INTEGER,
  made_by      TEXT NOT NULL,
  reason       TEXT NOT NULL,
  made_at      INTEGER NOT NULL,
  ends_at      INTEGER,              -- NULL: it stands until it is lifted
  lifted_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX revocations_that_stand ON revocations (kind, subject, within, host)
  WHERE lifted_at IS NULL;
CREATE INDEX revocations_by_end ON revocations (coalesce(lifted_at, ends_at));

CREATE TABLE revocation_outcomes (
  revocation TEXT NOT NULL REFERENCES revocations(id) ON DELETE CASCADE,
  replica    TEXT NOT NULL,          -- 16 hexadecimal digits
  at         INTEGER NOT NULL,
  revoked    INTEGER NOT NULL,       -- tokens
  left_over  TEXT NOT NULL,          -- a line for each token that could not be revoked
  PRIMARY KEY (revocation, replica)
) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
CREATE TABLE approvals (
  id              TEXT PRIMARY KEY,  -- 16 hexadecimal digits
  holder          TEXT NOT NULL,     -- session 0123456789abcdef
  idempotency_key TEXT NOT NULL,
  request         BLOB NOT NULL CHECK (length(request) = 32),  -- SHA-256 of what GitHub would be asked
  agent           TEXT NOT NULL,
  session         TEXT NOT NULL,     -- JSON
  rule            TEXT NOT NULL,
  asks            TEXT NOT NULL,     -- maintainers security
  repository      TEXT NOT NULL,     -- acme/widgets
  operation       TEXT NOT NULL,     -- pulls/merge
  parameters      TEXT NOT NULL,     -- JSON
  ttl             INTEGER NOT NULL,  -- microseconds
  created_at      INTEGER NOT NULL,
  expires_at      INTEGER NOT NULL,
  state           TEXT NOT NULL,     -- pending, approved, denied, used, expired
  decided_by      TEXT NOT NULL,     -- admin, or an issuer and a subject; of what nobody decided: empty
  decided_as      TEXT NOT NULL,     -- maintainers
  reason          TEXT NOT NULL,
  decided_at      INTEGER,
  UNIQUE (holder, idempotency_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX approvals_by_expiry ON approvals (expires_at);
CREATE INDEX approvals_pending ON approvals (agent) WHERE state = 'pending';
)sql",
};

}  // namespace hubwarden::store
