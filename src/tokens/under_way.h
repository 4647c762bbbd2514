#pragma once

// Questions to GitHub that are not answered yet, so that an answer which news has overtaken is given to those
// who wait for it and not kept.
//
//   UnderWay<Scope>::Question question(under_way, scope);
//   Result<Minted> minted = co_await minter.mint(scope, deadline);
//   if (!question.is_overtaken()) keep(minted);
//   …
//   under_way.overtake([&](const Scope& scope) { return touched.mint_under_way(scope); });
//
// Thread-safe. A question may end after it: a coroutine that is cut when the loops end goes last of all.

#include <atomic>
#include <memory>
#include <unordered_set>
#include <utility>

#include "base/guarded.h"

namespace hubwarden::tokens {

template <class About>
class UnderWay {
 public:
  class Question;

  // The predicate must be short: it runs under the lock.
  template <class Predicate>
  void overtake(const Predicate& concerns) {
    auto questions = questions_->lock();
    for (Question* const question : *questions) {
      if (concerns(question->about_)) question->overtaken_.store(true);
    }
  }

 private:
  using Questions = Guarded<std::unordered_set<Question*>>;

  std::shared_ptr<Questions> questions_ = std::make_shared<Questions>();  // with its questions
};

template <class About>
class UnderWay<About>::Question {
 public:
  Question(const UnderWay& all, About about) : all_(all.questions_), about_(std::move(about)) {
    all_->lock()->insert(this);
  }
  ~Question() { all_->lock()->erase(this); }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  bool is_overtaken() const { return overtaken_.load(); }

 private:
  friend class UnderWay;
  const std::shared_ptr<Questions> all_;
  const About about_;
  std::atomic<bool> overtaken_{false};
};

}  // namespace hubwarden::tokens
