#include "delivery/operations/idempotency.h"

#include <algorithm>

#include "base/check.h"

namespace hubwarden::delivery {

// Its outcome is written once, before `settled` is set, and read after.
struct Idempotency::Entry {
  Entry(const crypto::Digest& request_, SteadyPoint begun_) : request(request_), begun(begun_) {}

  const crypto::Digest request;
  const SteadyPoint begun;
  net::Event settled;
  std::optional<KeptOutcome> outcome;  // none when settled: it came to nothing, and the key is free
};

Result<> Idempotency::check_key(std::string_view key) {
  const auto is_visible = [](char c) { return c > 0x20 && c < 0x7F; };
  if (!key.empty() && key.size() <= kMaxKey && std::ranges::all_of(key, is_visible)) return {};
  return fail(ErrorCode::kInvalidRequest, "Idempotency-Key must be 1 to 255 visible ASCII characters");
}

net::Task<Result<Idempotency::Turn>> Idempotency::begin(std::string holder, std::string key,
                                                        crypto::Digest request, SteadyPoint deadline) {
  const Result<> checked = check_key(key);
  if (!checked) co_return std::unexpected(checked.error());
  std::string name = std::move(holder) + " " + std::move(key);
  for (;;) {
    bool is_new = false;
    Result<std::shared_ptr<Entry>> entry = find_or_make(name, request, is_new);
    if (!entry) co_return std::unexpected(entry.error());
    if (is_new) co_return Turn(this, std::move(name), std::move(*entry));
    const bool in_time = co_await (*entry)->settled.wait_until(timers_, deadline);
    if (!in_time) {
      co_return fail(ErrorCode::kUpstreamTimeout,
                     "the first request with this Idempotency-Key has no answer yet");
    }
    if ((*entry)->outcome) co_return Turn(nullptr, std::string(), std::move(*entry));
  }
}

Result<std::shared_ptr<Idempotency::Entry>> Idempotency::find_or_make(const std::string& name,
                                                                      const crypto::Digest& request,
                                                                      bool& is_new) {
  auto table = table_.lock();
  const SteadyPoint now = clock_.steady_now();
  if (const auto found = table->find(name); found != table->end()) {
    const Entry& entry = *found->second;
    if (!entry.settled.is_set() || now - entry.begun <= kKeptFor) {
      if (entry.request == request) return found->second;
      return fail(ErrorCode::kConflict, "this Idempotency-Key was used for another request");
    }
    table->erase(found);
  }
  if (table->size() >= kMaxEntries) make_room(*table);
  if (table->size() >= kMaxEntries) {
    return fail(ErrorCode::kUnavailable, "too many writes with an Idempotency-Key are under way");
  }
  is_new = true;
  return table->emplace(name, std::make_shared<Entry>(request, now)).first->second;
}

// Those whose time is over, and the oldest of the others that are finished. An eighth at once, so that the
// table is not gone through at every write.
void Idempotency::make_room(Table& table) const {
  std::vector<SteadyPoint> finished;
  for (const auto& [name, entry] : table) {
    if (entry->settled.is_set()) finished.push_back(entry->begun);
  }
  if (finished.empty()) return;
  const std::size_t to_go = std::min(finished.size(), kMaxEntries / 8);
  std::ranges::nth_element(finished, finished.begin() + static_cast<std::ptrdiff_t>(to_go - 1));
  const SteadyPoint newest_to_go = finished[to_go - 1];
  std::erase_if(table, [&](const auto& each) {
    return each.second->settled.is_set() && each.second->begun <= newest_to_go;
  });
}

void Idempotency::forget(const std::string& name, const Entry* entry) {
  auto table = table_.lock();
  const auto found = table->find(name);
  if (found != table->end() && found->second.get() == entry) table->erase(found);
}

Idempotency::Turn::~Turn() {
  if (!entry_ || owner_ == nullptr) return;
  owner_->forget(name_, entry_.get());
  entry_->settled.set();
}

const KeptOutcome* Idempotency::Turn::kept() const {
  return entry_->settled.is_set() && entry_->outcome ? &*entry_->outcome : nullptr;
}

void Idempotency::Turn::settle(KeptOutcome outcome) {
  HW_CHECK(owner_ != nullptr);
  owner_ = nullptr;
  entry_->outcome = std::move(outcome);
  entry_->settled.set();
}

void Idempotency::Turn::keep(KeptAnswer answer) {
  settle(std::make_shared<const KeptAnswer>(std::move(answer)));
}

void Idempotency::Turn::in_doubt(const Error& error) {
  settle(error);
}

}  // namespace hubwarden::delivery
