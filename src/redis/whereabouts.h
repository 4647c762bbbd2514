#pragma once

// Where a listener is to listen. It may be another server at any time.
//
//   std::optional<net::Endpoint> where = whereabouts->now();
//   …
//   whereabouts->was_lost(*where);
//
// Threads: from any.

#include <optional>
#include <utility>

#include "net/connect.h"

namespace hubwarden::redis {

class Whereabouts {
 public:
  virtual ~Whereabouts() = default;

  // Nothing while nobody knows.
  virtual std::optional<net::Endpoint> now() const = 0;
  // That server did not answer, or the connection to it ended: it may be another one's turn.
  virtual void was_lost(const net::Endpoint& endpoint) = 0;
};

class FixedPlace final : public Whereabouts {
 public:
  explicit FixedPlace(net::Endpoint endpoint) : endpoint_(std::move(endpoint)) {}

  std::optional<net::Endpoint> now() const override { return endpoint_; }
  void was_lost(const net::Endpoint&) override {}

 private:
  net::Endpoint endpoint_;
};

}  // namespace hubwarden::redis
