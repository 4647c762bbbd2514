#include "store/postgres_migrations.h"

#include <string>

#include "store/postgres_schema.h"

namespace hubwarden::store {
namespace {

// "hbwd", and 1: 2 is the lock of changes. Another's migration may take longer than a statement usually does.
constexpr const char* kBegin =
    "BEGIN; SET LOCAL statement_timeout TO 0; SELECT pg_advisory_xact_lock(1751283556, 1)";
// CREATE SCHEMA IF NOT EXISTS would need the right to make one even where there is one.
constexpr const char* kIsThere =
    "SELECT to_regnamespace('hubwarden') IS NOT NULL, to_regclass('hubwarden.about') IS NOT NULL";
constexpr const char* kPosition = "SELECT greatest(forgotten, (SELECT max(seq) FROM changes)) FROM about";

class Migration {
 public:
  Migration(PostgresLink& link, SteadyPoint deadline) : link_(link), deadline_(deadline) {}

  Result<std::int64_t> run() {
    const Result<PostgresRows> begun = ask(kBegin);
    if (!begun) return std::unexpected(begun.error());
    const Result<> migrated = migrate();
    if (!migrated) return std::unexpected(migrated.error());
    const Result<PostgresRows> position = ask(kPosition);
    if (!position) return std::unexpected(position.error());
    const std::int64_t last = position->number(0, 0);
    const Result<PostgresRows> committed = ask("COMMIT");
    if (!committed) return std::unexpected(committed.error());
    return last;
  }

 private:
  std::unexpected<Error> refuse(const std::string& why) const {
    return fail(ErrorCode::kUnavailable, "records " + link_.address().shown() + ": " + why);
  }

  Result<PostgresRows> ask(const std::string& sql) {
    PostgresLink::Outcome<PostgresRows> rows = link_.ask_plain(sql, deadline_);
    if (!rows) return refuse(rows.error().why);
    return std::move(*rows);
  }

  Result<int> version() {
    const Result<PostgresRows> is_there = ask(kIsThere);
    if (!is_there) return std::unexpected(is_there.error());
    if (is_there->text(0, 0) != "t") {
      const Result<PostgresRows> made = ask("CREATE SCHEMA hubwarden");
      if (!made) return std::unexpected(made.error());
    }
    if (is_there->text(0, 1) != "t") return 0;
    const Result<PostgresRows> about = ask("SELECT version FROM about");
    if (!about) return std::unexpected(about.error());
    return static_cast<int>(about->number(0, 0));
  }

  Result<> migrate() {
    const Result<int> from = version();
    if (!from) return std::unexpected(from.error());
    const int known = postgres_schema_version();
    if (*from > known) {
      return refuse("made by a newer hubwarden (schema " + std::to_string(*from) + ", this one knows " +
                    std::to_string(known) + "); left as it is");
    }
    if (*from == known) return {};
    for (auto i = static_cast<std::size_t>(*from); i < kPostgresMigrations.size(); ++i) {
      const Result<PostgresRows> done = ask(std::string(kPostgresMigrations[i]));
      if (!done) return std::unexpected(done.error());
    }
    const Result<PostgresRows> noted = ask("UPDATE about SET version = " + std::to_string(known));
    if (!noted) return std::unexpected(noted.error());
    return {};
  }

  PostgresLink& link_;
  const SteadyPoint deadline_;
};

}  // namespace

int postgres_schema_version() {
  return static_cast<int>(kPostgresMigrations.size());
}

Result<std::int64_t> prepare_postgres(PostgresLink& link, SteadyPoint deadline) {
  Result<std::int64_t> position = Migration(link, deadline).run();
  // Whatever was begun ends with its connection.
  if (!position) link.close();
  return position;
}

}  // namespace hubwarden::store
