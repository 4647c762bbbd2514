#include "fleet/budget_script.h"

#include <algorithm>
#include <utility>

#include "fleet/redis_time.h"
#include "policy/budget_state.h"

namespace hubwarden::fleet {
namespace {

using policy::BudgetSpent;
using redis::Reply;

// Lua counts in doubles: what is larger loses its last digits. No honest figure comes near it.
constexpr std::uint64_t kMaxNumber = std::uint64_t(1) << 50;

// Reads everything before it writes anything, so that a key of a wrong kind ends it with nothing done; then
// drops the leases that ended and takes over what the replica knows and Redis does not. ARGV[1] to [17] are
// those of `beginning()`.
constexpr std::string_view kBegin = R"lua(
local h, all = {}, redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do h[all[i]] = all[i + 1] end
local function arg(i) return tonumber(ARGV[i]) end
local function n(field) return 0 + (h[field] or 0) end
local requests, bytes, version = n('requests'), n('bytes'), n('version')
local old_requests, old_bytes = n('old_requests'), n('old_bytes')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = now + arg(14)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local live, count, reserved = {}, 0, 0
for _, lease in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do live[lease], count = true, count + 1 end
if not h.memory and ARGV[13] == '' then return {5, '', 0, 0, 0, 0, 0} end
for i = 1, #all, 2 do
  if string.sub(all[i], 1, 2) == 'r:' then
    if live[string.sub(all[i], 3)] then
      reserved = reserved + all[i + 1]
    else
      bytes, h[all[i]] = bytes + all[i + 1], nil
      redis.call('HDEL', KEYS[2], all[i])
    end
  end
end
local known_requests, known_bytes = arg(4), arg(5)
if not h.memory then
  h.memory = ARGV[13]
  old_requests, old_bytes = math.max(known_requests, arg(6)), math.max(known_bytes, arg(7))
elseif h.memory ~= ARGV[2] then
  old_requests, old_bytes = math.max(old_requests, known_requests), math.max(old_bytes, known_bytes)
elseif arg(3) > version then
  requests = math.max(requests, known_requests - old_requests)
  bytes, version = math.max(bytes, known_bytes - old_bytes), arg(3)
end
local function tell(field, told, alone)
  local before = math.max(n(field), told)
  if alone <= before then return 0 end
  redis.call('HSET', KEYS[2], field, alone)
  return alone - before
end
requests = requests + tell('q:' .. ARGV[8], arg(9), arg(11))
bytes = bytes + tell('b:' .. ARGV[8], arg(10), arg(12))
local function settle(lease, memory, used, had)
  local field = 'r:' .. lease
  if h[field] then
    reserved, bytes, h[field] = reserved - h[field], bytes + used, nil
    redis.call('HDEL', KEYS[2], field)
  elseif memory ~= h.memory then
    bytes = bytes + used
  else
    bytes = bytes + math.max(0, used - had)
  end
end
local function hold(lease, size)
  if not live[lease] then live[lease], count = true, count + 1 end
  redis.call('ZADD', KEYS[1], ends, lease)
  if size <= 0 then return end
  redis.call('HSET', KEYS[2], 'r:' .. lease, size)
  reserved = reserved + size
end
local verdict, granted = 0, 0
)lua";

constexpr std::string_view kEnd = R"lua(
redis.call('HSET', KEYS[2], 'memory', h.memory, 'version', version + 1, 'requests', requests, 'bytes', bytes,
  'old_requests', old_requests, 'old_bytes', old_bytes)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return {verdict, h.memory, version + 1, old_requests + requests, math.min(old_bytes + bytes, 2^52), reserved, granted}
)lua";

// As policy::BudgetState::acquire.
constexpr std::string_view kAcquire = R"lua(
local room = arg(17) - old_bytes - bytes - reserved
if old_requests + requests >= arg(16) then
  verdict = 1
elseif old_bytes + bytes >= arg(17) then
  verdict = 2
elseif count >= arg(15) then
  verdict = 3
elseif room <= 0 then
  verdict = 4
else
  granted = math.min(arg(19), math.ceil(room / (arg(15) - count)))
  requests = requests + 1
  hold(ARGV[18], granted)
end
)lua";

// What it had left it keeps when the piece does not fit.
constexpr std::string_view kExtend = R"lua(
settle(ARGV[18], ARGV[19], arg(20), arg(21))
local room = arg(17) - old_bytes - bytes - reserved
if arg(22) <= room then
  local slots = math.max(1, arg(15) - count + 1)
  granted = arg(22) + math.min(arg(23), math.floor((room - arg(22)) / slots))
else
  verdict = 4
  if arg(22) > arg(17) - old_bytes - bytes then verdict = 2 end
  granted = math.max(0, math.min(room, arg(21) - arg(20)))
end
hold(ARGV[18], granted)
)lua";

// A lease of a memory that is lost gets its reservation again. One that ended by itself gets only its place:
// the call is on its way, whoever has the place by now.
constexpr std::string_view kTell = R"lua(
local at = 19
for _ = 1, arg(18) do
  settle(ARGV[at], ARGV[at + 1], arg(at + 2), arg(at + 3))
  local was_live = redis.call('ZREM', KEYS[1], ARGV[at])
  if was_live == 1 and ARGV[at + 4] == 'unsent' then requests = math.max(0, requests - 1) end
  at = at + 5
end
while ARGV[at] do
  local lease, memory = ARGV[at], ARGV[at + 1]
  local is_lost = not live[lease] and memory ~= '' and memory ~= h.memory
  hold(lease, is_lost and arg(at + 2) or 0)
  at = at + 3
end
)lua";

std::string script(std::string_view middle) {
  return std::string(kBegin) + std::string(middle) + std::string(kEnd);
}

std::string number(std::uint64_t value) {
  return std::to_string(std::min(value, kMaxNumber));
}

std::vector<std::string> beginning(const std::string& text, const KeyNames& names,
                                   const BudgetStanding& standing) {
  return {"EVAL",
          text,
          "2",
          names.leases(),
          names.spent(),
          milliseconds(standing.kept),
          standing.memory,
          number(standing.version),
          number(standing.spent.requests),
          number(standing.spent.bytes),
          number(standing.recorded.requests),
          number(standing.recorded.bytes),
          standing.replica,
          number(standing.told.requests),
          number(standing.told.bytes),
          number(standing.alone.requests),
          number(standing.alone.bytes),
          standing.new_memory,
          milliseconds(standing.lease),
          number(standing.limits.concurrent()),
          number(standing.limits.requests()),
          number(standing.limits.bytes())};
}

std::optional<std::uint64_t> count_in(const Reply& reply) {
  if (!reply.is_integer() || reply.integer() < 0) return std::nullopt;
  return static_cast<std::uint64_t>(reply.integer());
}

}  // namespace

std::vector<std::string> acquire_words(const KeyNames& names, const BudgetStanding& standing,
                                       const std::string& lease) {
  static const std::string text = script(kAcquire);
  std::vector<std::string> words = beginning(text, names, standing);
  words.push_back(lease);
  words.push_back(number(policy::BudgetState::kReservation));
  return words;
}

std::vector<std::string> extend_words(const KeyNames& names, const BudgetStanding& standing,
                                      const LeaseStanding& lease, std::uint64_t piece, std::uint64_t ahead) {
  static const std::string text = script(kExtend);
  std::vector<std::string> words = beginning(text, names, standing);
  words.push_back(lease.lease);
  words.push_back(lease.memory);
  words.push_back(number(lease.used));
  words.push_back(number(lease.reserved));
  words.push_back(number(piece));
  words.push_back(number(ahead));
  return words;
}

std::vector<std::string> tell_words(const KeyNames& names, const BudgetStanding& standing,
                                    const std::vector<LeaseStanding>& ended,
                                    const std::vector<LeaseStanding>& living) {
  static const std::string text = script(kTell);
  std::vector<std::string> words = beginning(text, names, standing);
  words.push_back(number(ended.size()));
  for (const LeaseStanding& lease : ended) {
    words.push_back(lease.lease);
    words.push_back(lease.memory);
    words.push_back(number(lease.used));
    words.push_back(number(lease.reserved));
    words.emplace_back(lease.was_sent ? "sent" : "unsent");
  }
  for (const LeaseStanding& lease : living) {
    words.push_back(lease.lease);
    words.push_back(lease.memory);
    words.push_back(number(lease.reserved));
  }
  return words;
}

Result<BudgetWord> read_word(const Reply& reply, std::uint64_t most) {
  const auto unreadable = [] { return fail(ErrorCode::kUnavailable, "Redis answered what is no budget"); };
  constexpr std::size_t kItems = 7;
  if (!reply.is_array() || reply.items().size() != kItems) return unreadable();
  const std::vector<Reply>& items = reply.items();
  const auto verdict = count_in(items[0]);
  const auto version = count_in(items[2]);
  const auto requests = count_in(items[3]);
  const auto bytes = count_in(items[4]);
  const auto reserved = count_in(items[5]);
  const auto granted = count_in(items[6]);
  if (!verdict || *verdict > std::uint64_t(BudgetVerdict::kNoMemory) || !items[1].is_text() || !version ||
      !requests || !bytes || !reserved || !granted || *granted > most)
    return unreadable();
  BudgetWord word;
  word.verdict = static_cast<BudgetVerdict>(*verdict);
  word.memory = items[1].text();
  word.version = *version;
  word.spent = policy::BudgetSpent(*requests, *bytes);
  word.reserved = *reserved;
  word.granted = *granted;
  if (word.memory.empty() != (word.verdict == BudgetVerdict::kNoMemory)) return unreadable();
  return word;
}

}  // namespace hubwarden::fleet
