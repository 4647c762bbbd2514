#include "net/system_timers.h"

#include <boost/asio/basic_waitable_timer.hpp>
#include <unordered_map>
#include <utility>

#include "base/guarded.h"

namespace hubwarden::net {

struct SystemTimers::Entry {
  Entry(const Executor& executor, SteadyPoint when, Callback callback_)
      : timer(executor, when), callback(std::move(callback_)) {}

  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer;
  Callback callback;
};

// Which entry a ticket stands for. The entry itself belongs to its wait in progress.
class SystemTimers::Pending {
 public:
  Ticket add(const std::shared_ptr<Entry>& entry) {
    auto table = table_.lock();
    const Ticket ticket = ++table->last;
    table->entries.emplace(ticket, entry);
    return ticket;
  }

  std::shared_ptr<Entry> take(Ticket ticket) {
    auto table = table_.lock();
    const auto found = table->entries.extract(ticket);
    return found ? found.mapped().lock() : nullptr;
  }

 private:
  struct Table {
    Table() = default;
    Ticket last = 0;
    std::unordered_map<Ticket, std::weak_ptr<Entry>> entries;
  };
  Guarded<Table> table_;
};

SystemTimers::SystemTimers() : pending_(std::make_shared<Pending>()) {
}

SystemTimers::~SystemTimers() = default;

Timers::Ticket SystemTimers::call_at(const Executor& executor, SteadyPoint when, Callback callback) {
  const auto entry = std::make_shared<Entry>(executor, when, std::move(callback));
  const Ticket ticket = pending_->add(entry);
  entry->timer.async_wait([pending = pending_, entry, ticket](boost::system::error_code) {
    // Cancelled when the ticket is gone: that alone decides, an expiry that was on its way included.
    if (pending->take(ticket) == nullptr) return;
    std::exchange(entry->callback, nullptr)();
  });
  return ticket;
}

void SystemTimers::cancel(Ticket ticket) {
  const std::shared_ptr<Entry> entry = pending_->take(ticket);
  if (entry == nullptr) return;
  entry->callback = nullptr;
  entry->timer.cancel();
}

}  // namespace hubwarden::net
