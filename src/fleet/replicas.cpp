#include "fleet/replicas.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "fleet/key_names.h"
#include "net/loops.h"
#include "redis/codec.h"

namespace hubwarden::fleet {
namespace {

constexpr std::string_view kHere = "here ";
constexpr std::size_t kMaxMessage = 64;
// A command's own deadline is far below.
constexpr Duration kLongestStop = std::chrono::seconds(2);

std::string message_of(Random& random) {
  std::array<std::byte, 8> name{};
  random.fill(name);
  return std::string(kHere) + hex(name);
}

SteadyPoint later(SteadyPoint from, Duration by) {
  return from + std::chrono::duration_cast<SteadyPoint::duration>(by);
}

}  // namespace

Replicas::Replicas(Parts parts)
    : parts_(parts),
      gauge_(parts.metrics.gauge("hubwarden_fleet_replicas", "Replicas of the fleet, as last seen")),
      message_(message_of(parts.random)) {
  gauge_.set(1);
}

// Who is gone is seen by what is still heard: the channel works then.
void Replicas::heard(std::string_view message) {
  if (!message.starts_with(kHere) || message.size() > kMaxMessage) return;
  const SteadyPoint now = parts_.clock.steady_now();
  {
    auto seen = seen_.lock();
    if (message == message_)
      std::erase_if(*seen, [now](const auto& each) { return each.second + kSilence < now; });
    if (seen->size() < kMax || seen->contains(message)) seen->insert_or_assign(std::string(message), now);
  }
  gauge_.set(static_cast<std::int64_t>(count()));
}

std::size_t Replicas::count() const {
  auto seen = seen_.lock();
  const std::size_t others = seen->size() - seen->count(message_);
  return 1 + others;
}

void Replicas::start() {
  net::spawn(parts_.executor, say(), [this](std::exception_ptr) { stopped_.set(); });
}

net::Task<> Replicas::say() {
  for (bool is_stopping = false; !is_stopping;) {
    const std::string channel(kChannel);
    std::string command = redis::command_text({"PUBLISH", channel, message_});
    net::Task<Result<redis::Reply>> saying = parts_.redis.ask(channel, std::move(command));
    [[maybe_unused]] const Result<redis::Reply> said = co_await std::move(saying);
    const SteadyPoint next = later(parts_.clock.steady_now(), kEvery);
    is_stopping = co_await stopping_.wait_until(parts_.timers, next);
  }
  stopped_.set();
}

net::Task<> Replicas::stop() {
  stopping_.set();
  const SteadyPoint end = later(parts_.clock.steady_now(), kLongestStop);
  [[maybe_unused]] const bool in_time = co_await stopped_.wait_until(parts_.timers, end);
}

}  // namespace hubwarden::fleet
