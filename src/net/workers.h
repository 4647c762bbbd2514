#pragma once

// Threads for what must not run on a loop: signing, SQLite, anything that blocks.
//
//   net::Workers signers(2, 64);
//   auto signing = signers.run([key, text]() -> Result<std::string> { return sign(key, text); });
//   Result<std::string> signature = co_await std::move(signing);
//
// With one thread the work is done one by one, in the order in which it was asked for.
// Lifetime: shorter than that of the Loops whose tasks use it. Threads: `run` from any loop.
// Errors: `unavailable` when the queue is full or the workers have stopped (the work was not begun),
// `internal` when the function threw.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "net/task.h"

namespace hubwarden::net {

class Workers {
 public:
  // `max_queued` bounds what waits; more is refused at once, so that a slow disk is seen and not hidden in
  // memory.
  Workers(std::size_t threads, std::size_t max_queued);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers();  // stops

  // Runs `function` (which returns a Result) on a worker and resumes the caller on its own loop.
  template <class Function>
  Task<std::invoke_result_t<Function&>> run(Function function) {
    using Answer = std::invoke_result_t<Function&>;
    return finish<Answer>(std::make_shared<Call<Answer, Function>>(std::move(function)));
  }

  // Refuses new work, finishes what was accepted, joins. May be repeated.
  void stop();

 private:
  class Job {
   public:
    virtual ~Job() = default;
    virtual void execute() = 0;
  };

  template <class Answer>
  class AnsweringJob : public Job {
   public:
    std::optional<Answer> answer;
  };

  template <class Answer, class Function>
  class Call final : public AnsweringJob<Answer> {
   public:
    explicit Call(Function function) : function_(std::move(function)) {}
    void execute() override {
      try {
        this->answer.emplace(function_());
      } catch (...) {
        this->answer.emplace(fail(ErrorCode::kInternal, "work on a worker thread threw an exception"));
      }
    }

   private:
    Function function_;
  };

  struct Queue;

  template <class Answer>
  Task<Answer> finish(std::shared_ptr<AnsweringJob<Answer>> job);

  // True when the job has run, false when it was refused.
  Task<bool> submit(std::shared_ptr<Job> job);

  std::unique_ptr<Queue> queue_;
};

template <class Answer>
Task<Answer> Workers::finish(std::shared_ptr<AnsweringJob<Answer>> job) {
  std::shared_ptr<Job> plain_job = job;
  auto submission = submit(std::move(plain_job));
  const bool done = co_await std::move(submission);
  if (!done) co_return fail(ErrorCode::kUnavailable, "too much work is waiting for the worker threads");
  co_return std::move(*job->answer);
}

// In one source for all: see OneShot.
extern template Task<Result<>> Workers::finish(std::shared_ptr<AnsweringJob<Result<>>> job);

}  // namespace hubwarden::net
