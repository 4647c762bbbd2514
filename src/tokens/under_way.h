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
// Thread-safe. It outlives its questions.

#include <atomic>
#include <unordered_set>
#include <utility>

#include "base/guarded.h"

namespace hubwarden::tokens {

template <class About>
class UnderWay {
 public:
  class Question {
   public:
    Question(UnderWay& all, About about) : all_(all), about_(std::move(about)) {
      all_.questions_.lock()->insert(this);
    }
    ~Question() { all_.questions_.lock()->erase(this); }
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;

    bool is_overtaken() const { return overtaken_.load(); }

   private:
    friend class UnderWay;
    UnderWay& all_;
    const About about_;
    std::atomic<bool> overtaken_{false};
  };

  // The predicate must be short: it runs under the lock.
  template <class Predicate>
  void overtake(const Predicate& concerns) {
    auto questions = questions_.lock();
    for (Question* const question : *questions) {
      if (concerns(question->about_)) question->overtaken_.store(true);
    }
  }

 private:
  Guarded<std::unordered_set<Question*>> questions_;
};

}  // namespace hubwarden::tokens
