#pragma once

// Memory for JSON that may hold secrets: wiped when it is freed.
//
//   boost::json::value document = boost::json::parse(text, failure, wire::wiping_json_memory(), options);

#include <boost/json/storage_ptr.hpp>

namespace hubwarden::wire {

// Stateless; from any thread.
boost::json::storage_ptr wiping_json_memory();

}  // namespace hubwarden::wire
