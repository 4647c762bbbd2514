#pragma once

// What the last `get` was answered, kept for the next one: pure, with the file's format.
//
//   hubwarden-credential-record 1
//   for unix:/run/hubwarden/hubwarden.sock agent-7 https://github.com acme/widgets
//   asked 1795379400
//   expires 1795383000
//   token ghs_…
//
// Every line ends in LF, in this order, nothing else. What is not exactly that, or is for something else, is
// no record. `for` is compared whole, so that one repository's token never answers for another.

#include <optional>
#include <string>
#include <string_view>

#include "apps/git-credential-hubwarden/token_reply.h"
#include "base/clock.h"

namespace hubwarden::git_credential {

inline constexpr std::size_t kMaxRecord = 16 << 10;

struct Record {
  Record(Secret token_, TimePoint asked_, TimePoint expires_)
      : token(std::move(token_)), asked(asked_), expires(expires_) {}

  Secret token;
  TimePoint asked;
  TimePoint expires;
};

Secret format_record(const Record& record, std::string_view key);
std::optional<Record> parse_record(std::string_view text, std::string_view key);

// git asks twice within a minute (fetch, then push; one process per remote). A token that lives for minutes
// only may change faster, so that the spared time is at most a tenth of what was left of it.
bool spares_asking(const Record& record, TimePoint now);

// Good enough while hubwarden is away: above hubwarden's own floor, 60 s or a thirtieth of its life.
bool bridges_absence(const Record& record, TimePoint now);

}  // namespace hubwarden::git_credential
