#pragma once

// Writes that were asked for under an Idempotency-Key: the same key and request give the first answer again.
//
//   Result<Idempotency::Turn> turn = co_await writes.begin(handle_id, key, digest_of(call), deadline);
//   if (turn && turn->kept()) …                         // given before: the same again
//   turn->keep(answer);                                 // or turn->in_doubt(error), or nothing: it may be
//   tried again
//
// A twin of a request that is under way waits for it. What GitHub refused, or never got, is not kept: it may
// be tried again. What nobody can tell is (in doubt): under that key it is not sent again. In memory and of
// this process, for a day; entries beyond the bounds push out the oldest that are finished. Thread-safe;
// outlives its turns.

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "crypto/digest.h"
#include "http/message.h"
#include "net/event.h"
#include "net/timers.h"

namespace hubwarden::delivery {

// A write's answer, whole.
struct KeptAnswer {
  KeptAnswer(int status_, http::Fields fields_, std::string body_)
      : status(status_), fields(std::move(fields_)), body(std::move(body_)) {}

  int status;
  http::Fields fields;
  std::string body;
};

// What becomes of a key: an answer, or the error of one that nobody can tell.
using KeptOutcome = std::variant<std::shared_ptr<const KeptAnswer>, Error>;

class Idempotency {
 public:
  // As long as anybody may reasonably ask again.
  static constexpr std::chrono::hours kKeptFor = std::chrono::hours(24);
  // With kMaxBody each, 256 MiB at the very most; a created issue has some 5 KiB.
  static constexpr std::size_t kMaxEntries = 4096;
  static constexpr std::size_t kMaxBody = 64 * 1024;
  static constexpr std::size_t kMaxKey = 255;

  // 1 to kMaxKey visible ASCII characters: `invalid_request`.
  static Result<> check_key(std::string_view key);

  Idempotency(const Clock& clock, net::Timers& timers) : clock_(clock), timers_(timers) {}

 private:
  struct Entry;

 public:
  // The right to carry out the write of a key, or what it came to. Gone without keep() or in_doubt(), the key
  // is as if it had not been used.
  class Turn {
   public:
    Turn(Turn&&) noexcept = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn();

    // Null when it is to be carried out now.
    const KeptOutcome* kept() const;
    void keep(KeptAnswer answer);
    void in_doubt(const Error& error);

   private:
    friend class Idempotency;
    Turn(Idempotency* owner, std::string name, std::shared_ptr<Entry> entry)
        : owner_(owner), name_(std::move(name)), entry_(std::move(entry)) {}
    void settle(KeptOutcome outcome);

    Idempotency* owner_;  // null: nothing is left to be settled
    std::string name_;
    std::shared_ptr<Entry> entry_;
  };

  // `holder`: keys of different ones never meet. `invalid_request` for a key that is none, `conflict` for one
  // that was used for another request, `upstream_timeout` when its twin takes longer than the deadline.
  net::Task<Result<Turn>> begin(std::string holder, std::string key, crypto::Digest request,
                                SteadyPoint deadline);

 private:
  using Table = std::unordered_map<std::string, std::shared_ptr<Entry>>;

  Result<std::shared_ptr<Entry>> find_or_make(const std::string& name, const crypto::Digest& request,
                                              bool& is_new);
  void make_room(Table& table) const;
  void forget(const std::string& name, const Entry* entry);

  const Clock& clock_;
  net::Timers& timers_;
  Guarded<Table> table_;
};

}  // namespace hubwarden::delivery
