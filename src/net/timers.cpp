#include "net/timers.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace hubwarden::net {

Task<> sleep_until(Timers& timers, SteadyPoint when) {
  const Executor executor = co_await boost::asio::this_coro::executor;
  auto start = [&timers, executor, when](auto handler) {
    timers.call_at(executor, when, [handler = std::move(handler)]() mutable { std::move(handler)(); });
  };
  auto token = boost::asio::use_awaitable_t<Executor>();
  auto waiting = boost::asio::async_initiate<boost::asio::use_awaitable_t<Executor>, void()>(start, token);
  co_await std::move(waiting);
}

}  // namespace hubwarden::net
