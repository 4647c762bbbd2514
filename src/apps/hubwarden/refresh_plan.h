#pragma once

// When a token that is kept in a file is asked for again. Pure.
//
//   RefreshPlan plan(token.expires_at, clock.now());
//   sleep(plan.pause());
//   if (token = ask()) plan.renewed(token.expires_at, clock.now()); else plan.failed(clock.now());
//   if (plan.is_over(clock.now())) …                         // the last one has expired
//
// Half of what is left of it is waited each time: four or five questions an hour, most of them answered by
// hubwarden with the same token, and a new one long before the end. The same for tokens that live a minute.

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace hubwarden::apps {

class RefreshPlan {
 public:
  // A static token has no end; it may be replaced all the same.
  RefreshPlan(std::optional<TimePoint> expires_at, TimePoint now);

  void renewed(std::optional<TimePoint> expires_at, TimePoint now);
  void failed(TimePoint now);

  // Before the next question.
  Duration pause() const { return pause_; }
  bool is_over(TimePoint now) const { return expires_at_ && *expires_at_ <= now; }

  static constexpr Duration kShortest = std::chrono::milliseconds(250);
  static constexpr Duration kLongest = std::chrono::minutes(30);
  static constexpr Duration kFirstRetry = std::chrono::seconds(1);
  static constexpr Duration kLongestRetry = std::chrono::seconds(30);

 private:
  Duration half_of_rest(TimePoint now) const;

  std::optional<TimePoint> expires_at_;
  Duration pause_;
  Duration retry_ = kFirstRetry;
};

}  // namespace hubwarden::apps
