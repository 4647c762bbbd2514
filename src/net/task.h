#pragma once

// Task<T>: a coroutine on one of the server's loops. The only coroutine type in hubwarden.
//
// g++ 12 destroys some temporaries twice in an expression that holds `co_await`. Therefore: one `co_await`
// per statement, its result into a named variable; no lambda, brace, `?:` or default argument around it;
// parameters by value or owned by the caller; types with declared constructors. scripts/lint checks it.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace hubwarden::net {

using Executor = boost::asio::io_context::executor_type;

template <class T = void>
using Task = boost::asio::awaitable<T, Executor>;

}  // namespace hubwarden::net
