#pragma once

// The connections of one loop that wait for their next exchange. The one that was used last is used first, so
// that the others grow old and go.

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "http/curl_link.h"

namespace hubwarden::http {

class LinkPool {
 public:
  explicit LinkPool(std::size_t capacity) : capacity_(capacity) {}

  // One to this origin ("https://api.github.com") that is still quiet, or none. `certainly`: see
  // CurlLink::is_quiet().
  std::unique_ptr<CurlLink> take(std::string_view origin, bool certainly);
  // One whose exchange is over.
  void put(std::string origin, std::unique_ptr<CurlLink> link);

  void clear() { idle_.clear(); }
  // Nothing waits here any more.
  void close();

  // Servers and what stands between commonly close after a minute or more; GitHub keeps a connection longer.
  static constexpr std::chrono::seconds kMaxIdle{60};

 private:
  using Point = CurlLink::Point;
  struct Idle {
    Idle(std::string origin_, std::unique_ptr<CurlLink> link_, Point since_)
        : origin(std::move(origin_)), link(std::move(link_)), since(since_) {}
    std::string origin;
    std::unique_ptr<CurlLink> link;
    Point since;
  };

  void drop_old(Point now);

  std::size_t capacity_;
  bool is_closed_ = false;
  std::list<Idle> idle_;  // the one that was used last in front
};

}  // namespace hubwarden::http
