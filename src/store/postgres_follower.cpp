#include "store/postgres_follower.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "store/postgres_handles.h"
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
    const bool is_workspace = rows->text(row, 3) == to_string(PostgresRecord::kWorkspace);
    add_once(is_workspace ? batch.workspaces : batch.handles, rows->text(row, 4));
  }
  return batch;
}

Result<> PostgresFollower::tell(PostgresSession& session, const Batch& batch) {
  const Result<> workspaces = session.read([&] { return tell_workspaces(session, batch.workspaces); });
  if (!workspaces) return workspaces;
  const Result<> handles = session.read([&] { return tell_handles(session, batch.handles); });
  if (!handles) return handles;
  check(batch);
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

Result<> PostgresFollower::tell_workspaces(PostgresSession& session, const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  Result<std::vector<WorkspaceRecord>> found = read_workspaces(session, ids);
  if (!found && session.failure()) return std::unexpected(found.error());
  if (!found && ids.size() > 1) return tell_one_by_one(session, PostgresRecord::kWorkspace, ids);
  if (!found) {
    // What cannot be read opens nothing.
    log_.error("records.damaged", {{"workspace", std::string_view(ids.front())}});
    found.emplace();
  }
  std::unordered_map<std::string_view, const WorkspaceRecord*> records;
  for (const WorkspaceRecord& record : *found) records.emplace(record.workspace.id.text(), &record);
  auto observers = observers_.lock();
  for (const std::string& text : ids) {
    const Result<policy::WorkspaceId> id = policy::WorkspaceId::parse(text);
    if (!id || !observers->workspaces) continue;
    const auto record = records.find(text);
    observers->workspaces(*id, record == records.end() ? std::nullopt : std::optional(*record->second));
  }
  return {};
}

Result<> PostgresFollower::tell_handles(PostgresSession& session, const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  Result<std::vector<Handle>> found = read_handles(session, ids);
  if (!found && session.failure()) return std::unexpected(found.error());
  if (!found && ids.size() > 1) return tell_one_by_one(session, PostgresRecord::kHandle, ids);
  if (!found) {
    log_.error("records.damaged", {{"handle", std::string_view(ids.front())}});
    found.emplace();
  }
  std::unordered_map<HandleId, const Handle*> records;
  for (const Handle& handle : *found) records.emplace(handle.id, &handle);
  auto observers = observers_.lock();
  for (const std::string& text : ids) {
    const Result<HandleId> id = parse_handle_id(text);
    if (!id || !observers->handles) continue;
    const auto record = records.find(*id);
    observers->handles(*id, record == records.end() ? std::nullopt : std::optional(*record->second));
  }
  return {};
}

Result<> PostgresFollower::tell_one_by_one(PostgresSession& session, PostgresRecord kind,
                                           const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    const Result<> told =
        kind == PostgresRecord::kWorkspace ? tell_workspaces(session, {id}) : tell_handles(session, {id});
    if (!told) return told;
  }
  return {};
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
