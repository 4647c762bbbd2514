#include "store/postgres_follower.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "store/postgres_handles.h"
#include "store/postgres_revocations.h"
#include "store/postgres_schema.h"
#include "store/postgres_workspaces.h"

namespace hubwarden::store {
namespace {

// Of a server that says no at once.
constexpr std::chrono::milliseconds kPauseBetweenTries(200);

// A row for each change, or one without any; all of one moment.
constexpr PostgresStatement kChanges = {
    "select_changes",
    "SELECT a.forgotten, greatest(a.forgotten, (SELECT max(seq) FROM changes)), c.seq, c.kind, c.id "
    "FROM about a LEFT JOIN (SELECT seq, kind, id FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2) c "
    "ON true ORDER BY c.seq"};

int new_eventfd() {
  const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  HW_CHECK(descriptor >= 0);
  return descriptor;
}

void set(const net::UniqueFd& event) {
  eventfd_write(event.get(), 1);
}

void add_once(std::vector<std::string>& ids, std::string_view id) {
  if (std::ranges::find(ids, id) == ids.end()) ids.emplace_back(id);
}

}  // namespace

PostgresFollower::PostgresFollower(std::shared_ptr<const PostgresAddress> address, obs::Log& log)
    : address_(std::move(address)),
      log_(log),
      wake_(new_eventfd()),
      stopping_(new_eventfd()),
      link_(address_, kPostgresChannel, stopping_.get()) {
}

void PostgresFollower::start(std::int64_t last) {
  HW_CHECK(!thread_.joinable());
  seen_ = last;
  thread_ = std::thread([this] { follow(); });
  pthread_setname_np(thread_.native_handle(), "records-feed");
}

void PostgresFollower::stop() {
  set(stopping_);
  if (thread_.joinable()) thread_.join();
}

bool PostgresFollower::wait_for(std::int64_t number, SteadyPoint deadline) {
  std::unique_lock lock(mutex_);
  if (seen_ < number) set(wake_);
  return advanced_.wait_until(lock, deadline, [&] { return seen_ >= number; });
}

std::string PostgresFollower::state() const {
  if (is_behind_.load()) return "behind";
  return is_away_.load() ? "degraded" : "ok";
}

bool PostgresFollower::is_stopping(std::chrono::milliseconds within) const {
  pollfd stopping{stopping_.get(), POLLIN, 0};
  return poll(&stopping, 1, static_cast<int>(within.count())) == 1;
}

void PostgresFollower::follow() {
  while (!is_stopping()) {
    if (!catch_up()) {
      is_stopping(kPauseBetweenTries);
      continue;
    }
    const SteadyPoint next =
        std::chrono::steady_clock::now() + std::chrono::duration_cast<SteadyPoint::duration>(kPoll);
    link_.wait_for_news(wake_.get(), next);
    eventfd_t ignored = 0;
    eventfd_read(wake_.get(), &ignored);
  }
}

// False while the server is away.
bool PostgresFollower::catch_up() {
  for (;;) {
    const SteadyPoint deadline =
        std::chrono::steady_clock::now() + std::chrono::duration_cast<SteadyPoint::duration>(kPatience);
    PostgresSession session(link_, deadline);
    const Result<Batch> batch = session.read([&] { return read_batch(session); });
    const Result<> told = batch ? tell(session, *batch) : std::unexpected<Error>(batch.error());
    if (!told) {
      is_away(session.failure() ? session.failure()->why : told.error().message());
      return false;
    }
    is_back();
    if (batch->size < kBatch) return true;
  }
}

// Null for a kind that only a newer hubwarden has.
std::vector<std::string>* PostgresFollower::Batch::of_kind(std::string_view kind) {
  if (kind == to_string(PostgresRecord::kWorkspace)) return &workspaces;
  if (kind == to_string(PostgresRecord::kHandle)) return &handles;
  if (kind == to_string(PostgresRecord::kRevocation)) return &revocations;
  return nullptr;
}

Result<PostgresFollower::Batch> PostgresFollower::read_batch(PostgresSession& session) {
  const Result<PostgresRows> rows = session.ask(kChanges, {std::to_string(seen_), std::to_string(kBatch)});
  if (!rows) return std::unexpected(rows.error());
  if (rows->size() == 0) return fail(ErrorCode::kInternal, "the records are damaged");
  Batch batch;
  batch.forgotten = rows->number(0, 0);
  batch.last = rows->number(0, 1);
  batch.end = seen_;
  for (std::size_t row = 0; row < rows->size() && !rows->is_null(row, 2); ++row) {
    ++batch.size;
    batch.end = rows->number(row, 2);
    if (std::vector<std::string>* const ids = batch.of_kind(rows->text(row, 3))) {
      add_once(*ids, rows->text(row, 4));
    }
  }
  return batch;
}

struct PostgresFollower::OfWorkspaces {
  static constexpr auto kKind = PostgresRecord::kWorkspace;
  static constexpr auto kRead = &read_workspaces;
  static constexpr auto kObserver = &Observers::workspaces;
  static Result<policy::WorkspaceId> parse(std::string_view id) { return policy::WorkspaceId::parse(id); }
  static std::string id_of(const WorkspaceRecord& record) { return record.workspace.id.text(); }
};

struct PostgresFollower::OfHandles {
  static constexpr auto kKind = PostgresRecord::kHandle;
  static constexpr auto kRead = &read_handles;
  static constexpr auto kObserver = &Observers::handles;
  static Result<HandleId> parse(std::string_view id) { return parse_handle_id(id); }
  static std::string id_of(const Handle& handle) { return to_text(handle.id); }
};

struct PostgresFollower::OfRevocations {
  static constexpr auto kKind = PostgresRecord::kRevocation;
  static constexpr auto kRead = &read_revocations;
  static constexpr auto kObserver = &Observers::revocations;
  static Result<RevocationId> parse(std::string_view id) { return parse_revocation_id(id); }
  static std::string id_of(const Revocation& revocation) { return to_text(revocation.id); }
};

Result<> PostgresFollower::tell(PostgresSession& session, const Batch& batch) {
  // First what ends something.
  const Result<> revocations = session.read([&] { return tell<OfRevocations>(session, batch.revocations); });
  if (!revocations) return revocations;
  const Result<> workspaces = session.read([&] { return tell<OfWorkspaces>(session, batch.workspaces); });
  if (!workspaces) return workspaces;
  const Result<> handles = session.read([&] { return tell<OfHandles>(session, batch.handles); });
  if (!handles) return handles;
  check(batch);
  return {};
}

template <class Kind>
Result<> PostgresFollower::tell(PostgresSession& session, const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  auto found = Kind::kRead(session, ids);
  if (!found && session.failure()) return std::unexpected(found.error());
  if (!found && ids.size() > 1) {
    for (const std::string& id : ids) {
      const Result<> told = tell<Kind>(session, {id});
      if (!told) return told;
    }
    return {};
  }
  if (!found) {
    // What cannot be read opens nothing.
    log_.error("records.damaged", {{to_string(Kind::kKind), std::string_view(ids.front())}});
    found = decltype(found)(std::in_place);
  }
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < found->size(); ++i) places.emplace(Kind::id_of((*found)[i]), i);
  auto observers = observers_.lock();
  const auto& observer = (*observers).*Kind::kObserver;
  for (const std::string& text : ids) {
    const auto id = Kind::parse(text);
    if (!id || !observer) continue;
    const auto place = places.find(text);
    observer(*id, place == places.end() ? std::nullopt : std::optional((*found)[place->second]));
  }
  return {};
}

// What was seen, and whether it can be all that there was.
void PostgresFollower::check(const Batch& batch) {
  const std::string& server = address_->shown();
  if (batch.forgotten > seen_ && !is_behind_.exchange(true)) {
    log_.error("records.behind", {{"server", std::string_view(server)}, {"effect", "restart needed"}});
  }
  if (batch.last < seen_) {
    // A standby took over that did not have all, or a backup was put in place: what it knows is told again.
    log_.error("records.went_back", {{"server", std::string_view(server)}});
    advance(batch.forgotten);
    return;
  }
  advance(batch.end);
}

void PostgresFollower::advance(std::int64_t to) {
  {
    const std::lock_guard lock(mutex_);
    seen_ = to;
  }
  advanced_.notify_all();
}

void PostgresFollower::is_away(const std::string& why) {
  if (is_stopping() || is_away_.exchange(true)) return;
  log_.warning("records.away",
               {{"server", std::string_view(address_->shown())}, {"why", std::string_view(why)}});
}

void PostgresFollower::is_back() {
  if (!is_away_.exchange(false)) return;
  log_.info("records.back", {{"server", std::string_view(address_->shown())}});
}

}  // namespace hubwarden::store
