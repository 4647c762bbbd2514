#pragma once

// What the tests of what GitHub tells share: a scripted GitHub in virtual time, and what is remembered of it.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "obs/capturing_log.h"
#include "obs/metrics.h"
#include "tests/support/fake_upstream.h"
#include "tokens/service.h"
#include "webhooks/intake.h"

namespace hubwarden::webhooks {

class NewsTest : public ::testing::Test {
 protected:
  static constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};

  NewsTest() { engine.teach(lookup.learner()); }

  Result<tokens::Served> ask(std::string_view name) {
    tokens::TokenAsk wanted("github.com", {testing::repository(name)},
                            tokens::PermissionSelection::of(testing::permissions("contents:read")));
    return time.run(service.token(std::move(wanted), time.clock().steady_now() + std::chrono::seconds(30)));
  }
  bool is_cached(std::string_view name) {
    const tokens::TokenAsk wanted("github.com", {testing::repository(name)},
                                  tokens::PermissionSelection::of(testing::permissions("contents:read")));
    return service.peek(wanted).token != nullptr;
  }

  static std::string installation(std::string_view action, int id = 7) {
    return R"({"action":")" + std::string(action) + R"(","installation":{"id":)" + std::to_string(id) +
           R"(,"app_id":1,"account":{"login":"acme"}}})";
  }
  bool is_counted(std::string_view line) const {
    return metrics.render().find(std::string(line) + "\n") != std::string::npos;
  }

  testing::VirtualTime time{kStart};
  SeededRandom random{1};
  testing::FakeUpstream github{time};
  tokens::Alone alone;
  tokens::EngineEvents events;
  tokens::TokenEngine engine{{time.clock(), time, random, github, alone, events}, tokens::EngineOptions{}};
  tokens::NoSharedPlaces places;
  tokens::Lookup lookup{
      {time.clock(), time, random, github, places}, {tokens::AppRef("github.com", "1")}, 1000};
  tokens::TokenService service{time.clock(), time, {{lookup, engine, github}}, nullptr};
  obs::CapturingLog log;
  obs::Metrics metrics;
  Intake intake{service, log, metrics, [](const std::string&, const tokens::Touched&) {}};
};

}  // namespace hubwarden::webhooks
