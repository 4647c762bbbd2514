#pragma once

// The tables in PostgreSQL, in a schema of their own, as a list of migrations: the n-th takes it from version
// n-1 to n. Never edit one that was released.
//
// Times are microseconds since 1970 (UTC). Lists are texts in the form that policy/ reads and writes, so that
// one parser guards the edge and the tables alike. Ids are compared byte by byte (COLLATE "C").

#include <array>
#include <string_view>

namespace hubwarden::store {

// Notified of each change. Also the schema's name.
inline constexpr std::string_view kPostgresChannel = "hubwarden";

inline constexpr std::array kPostgresMigrations = {
    R"sql(
CREATE TABLE about (
  version   integer NOT NULL,
  forgotten bigint  NOT NULL           -- changes up to this one were deleted
);
INSERT INTO about VALUES (0, 0);

CREATE TABLE workspaces (
  id           text COLLATE "C" PRIMARY KEY,
  repositories text   NOT NULL,        -- acme/widgets acme/gadgets
  permissions  text   NOT NULL,        -- contents:write,metadata:read
  created_at   bigint NOT NULL
);

CREATE TABLE workspace_tokens (
  workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  id           text COLLATE "C" NOT NULL,  -- 16 hexadecimal digits
  digest       bytea  NOT NULL UNIQUE CHECK (length(digest) = 32),  -- SHA-256 of the token
  created_at   bigint NOT NULL,
  revoked_at   bigint,
  PRIMARY KEY (workspace_id, id)
);

CREATE TABLE handles (
  id             text COLLATE "C" PRIMARY KEY,  -- 16 hexadecimal digits
  digest         bytea  NOT NULL UNIQUE CHECK (length(digest) = 32),  -- SHA-256 of the handle
  issuer         text   NOT NULL,      -- admin
  repository     text   NOT NULL,      -- acme/widgets
  host           text,                 -- ghe.example.com; NULL: the usual one
  operations     text   NOT NULL,      -- read,create_issue
  priority       text   NOT NULL,      -- normal, background
  concurrent     bigint NOT NULL,
  requests       bigint NOT NULL,
  bytes          bigint NOT NULL,
  spent_requests bigint NOT NULL,
  spent_bytes    bigint NOT NULL,
  created_at     bigint NOT NULL,
  expires_at     bigint NOT NULL,
  revoked_at     bigint
);
CREATE INDEX handles_by_end ON handles (least(expires_at, revoked_at));

-- What replicas tell their observers of. Each change is made under one lock, which is held to the end of its
-- commit: so a number that can be seen has no smaller one that is still to come.
CREATE TABLE changes (
  seq     bigserial PRIMARY KEY,
  kind    text NOT NULL,               -- workspace, handle
  id      text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX changes_by_time ON changes (made_at);
)sql",
    R"sql(
-- Neighbouring records of one chain in one row: what is written in one go costs one insertion.
CREATE TABLE ledger_segments (
  replica        text COLLATE "C" NOT NULL,  -- 16 hexadecimal digits
  first_sequence bigint NOT NULL,
  last_sequence  bigint NOT NULL,
  begun_at       bigint NOT NULL,      -- of the earliest record
  ended_at       bigint NOT NULL,      -- of the latest
  hash           bytea  NOT NULL CHECK (length(hash) = 32),  -- of the last record
  lines          text   NOT NULL,      -- as docs/ledger.md has them
  PRIMARY KEY (replica, first_sequence)
);
CREATE INDEX ledger_segments_by_end ON ledger_segments (ended_at);

CREATE TABLE ledger_fingerprints (
  fingerprint    text COLLATE "C" NOT NULL,
  replica        text COLLATE "C" NOT NULL,
  first_sequence bigint NOT NULL,
  PRIMARY KEY (fingerprint, replica, first_sequence),
  FOREIGN KEY (replica, first_sequence) REFERENCES ledger_segments ON DELETE CASCADE
);
CREATE INDEX ledger_fingerprints_by_segment ON ledger_fingerprints (replica, first_sequence);

-- Of chains whose beginning was deleted.
CREATE TABLE ledger_beginnings (
  replica       text COLLATE "C" PRIMARY KEY,
  last_sequence bigint NOT NULL,       -- deleted up to this one
  hash          bytea  NOT NULL CHECK (length(hash) = 32),  -- which was this
  made_at       bigint NOT NULL,
  statement     text   NOT NULL        -- a signed line that says so
);
)sql",
    R"sql(
CREATE TABLE revocations (
  id           text COLLATE "C" PRIMARY KEY,  -- 16 hexadecimal digits
  kind         text   NOT NULL,        -- session, grant, workspace, agent, repository, app, all
  subject      text   NOT NULL,
  within       text   NOT NULL,        -- of a grant that its session revokes: <session>/<grant>
  host         text   NOT NULL,        -- of a repository and an App
  repository   bigint,                 -- GitHub's ids, as far as they were known
  installation bigint,
  made_by      text   NOT NULL,
  reason       text   NOT NULL,
  made_at      bigint NOT NULL,
  ends_at      bigint,                 -- NULL: it stands until it is lifted
  lifted_at    bigint
);
CREATE UNIQUE INDEX revocations_that_stand ON revocations (kind, subject, within, host)
  WHERE lifted_at IS NULL;
CREATE INDEX revocations_by_end ON revocations (coalesce(lifted_at, ends_at));

CREATE TABLE revocation_outcomes (
  revocation text COLLATE "C" NOT NULL REFERENCES revocations ON DELETE CASCADE,
  replica    text COLLATE "C" NOT NULL,  -- 16 hexadecimal digits
  at         bigint NOT NULL,
  revoked    bigint NOT NULL,          -- tokens
  left_over  text   NOT NULL,          -- a line for each token that could not be revoked
  PRIMARY KEY (revocation, replica)
);
)sql",
    R"sql(
CREATE TABLE approvals (
  id              text COLLATE "C" PRIMARY KEY,  -- 16 hexadecimal digits
  holder          text COLLATE "C" NOT NULL,     -- session 0123456789abcdef
  idempotency_key text COLLATE "C" NOT NULL,
  request         bytea NOT NULL CHECK (length(request) = 32),  -- SHA-256 of what GitHub would be asked
  agent           text COLLATE "C" NOT NULL,
  session         text NOT NULL,     -- JSON
  rule            text NOT NULL,
  asks            text NOT NULL,     -- maintainers security
  repository      text NOT NULL,     -- acme/widgets
  operation       text NOT NULL,     -- pulls/merge
  parameters      text NOT NULL,     -- JSON
  ttl             bigint NOT NULL,  -- microseconds
  created_at      bigint NOT NULL,
  expires_at      bigint NOT NULL,
  state           text NOT NULL,     -- pending, approved, denied, used, expired
  decided_by      text NOT NULL,     -- admin, or an issuer and a subject; of what nobody decided: empty
  decided_as      text NOT NULL,     -- maintainers
  reason          text NOT NULL,
  decided_at      bigint,
  UNIQUE (holder, idempotency_key)
);
CREATE INDEX approvals_by_expiry ON approvals (expires_at);
CREATE INDEX approvals_pending ON approvals (agent) WHERE state = 'pending';
)sql",
};

}  // namespace hubwarden::store
