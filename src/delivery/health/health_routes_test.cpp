#include "delivery/health/health_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_request.h"

namespace hubwarden::delivery {
namespace {

using testing::Answered;
using testing::FakeRequest;

class HealthRoutesTest : public ::testing::Test {
 protected:
  Answered ready() const { return Answered(std::get<http::Response>(health.readyz(request))); }

  mutable FakeRequest request{http::Method::kGet};
  obs::Metrics metrics;
  HealthRoutes health{metrics};
};

TEST_F(HealthRoutesTest, IsAliveAsLongAsItAnswers) {
  health.add_check("records", [] { return std::string("away"); });
  health.drain();
  const Answered answer(std::get<http::Response>(health.healthz(request)));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json(), (boost::json::object{{"alive", true}}));
}

TEST_F(HealthRoutesTest, IsReadyWhenAllChecksAreWell) {
  std::string state = "ok";
  health.add_check("records", [&state] { return state; });
  EXPECT_EQ(ready().status, 200);
  const boost::json::object well = {{"ready", true}, {"checks", {{"server", "ok"}, {"records", "ok"}}}};
  EXPECT_EQ(ready().json(), well);
  state = "away";
  EXPECT_EQ(ready().status, 503);
  const boost::json::object ill = {{"ready", false}, {"checks", {{"server", "ok"}, {"records", "away"}}}};
  EXPECT_EQ(ready().json(), ill);
  state = "ok";
  EXPECT_EQ(ready().status, 200);
}

TEST_F(HealthRoutesTest, IsNotReadyAnyMoreWhileItDrains) {
  EXPECT_EQ(ready().status, 200);
  health.drain();
  EXPECT_EQ(ready().status, 503);
  const boost::json::object draining = {{"ready", false}, {"checks", {{"server", "draining"}}}};
  EXPECT_EQ(ready().json(), draining);
}

TEST_F(HealthRoutesTest, ShowsMetricsAsPrometheusReadsThem) {
  metrics.counter("hubwarden_things_total", "Things").add(3);
  const Answered answer(std::get<http::Response>(health.metrics(request)));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(answer.body, ::testing::HasSubstr("\nhubwarden_things_total 3\n"));
}

}  // namespace
}  // namespace hubwarden::delivery
