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
};

}  // namespace hubwarden::store
