#pragma once

// `hubwarden ledger`: reads the ledger where it lies, without asking a running hubwarden.
//
// Data on stdout, complaints on stderr. Each returns the exit status: 1 beside what is said there for what
// failed, 2 for wrong usage, 3 for a configuration that cannot be read, 4 for records that cannot be reached.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace hubwarden::apps {

struct LedgerOptions {
  std::optional<std::string> config_path;
  std::vector<std::string> files;        // of JSON lines, in their order; none: the configured records
  std::vector<std::string> public_keys;  // to verify with; none: those of the configuration
  bool json = false;
};

struct VerifyOptions {
  std::string known_file;  // what an earlier verification printed as JSON; empty: none
  bool is_part = false;    // beginnings of chains may be elsewhere
};

// 1 if it is not whole.
int verify_ledger(const LedgerOptions& options, const VerifyOptions& wanted);

struct TailOptions {
  std::size_t count = 20;
  bool follow = false;  // until the program is ended
};

int tail_ledger(const LedgerOptions& options, const TailOptions& wanted);

struct ExportOptions {
  std::string since;    // RFC 3339, or how long ago; empty: all
  std::string replica;  // one chain alone; empty: all
};

// JSON lines, as they can be verified: whole segments, so that some records may be older than `since`.
int export_ledger(const LedgerOptions& options, const ExportOptions& wanted);

// 1 if nobody had it.
int who_had(const LedgerOptions& options, const std::string& fingerprint);

// The public keys of the configuration, one a line, that of new signatures first.
int print_ledger_keys(const LedgerOptions& options);

}  // namespace hubwarden::apps
