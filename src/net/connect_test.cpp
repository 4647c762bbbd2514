#include "net/connect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>

#include "net/listener.h"
#include "net/loops.h"
#include "net/system_timers.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ConnectTest : public ::testing::Test {
 protected:
  ConnectTest() { loops.start(); }
  ~ConnectTest() override { loops.stop(); }

  Result<std::unique_ptr<Stream>> connect_to(Endpoint endpoint, Duration patience = 10s) {
    const auto deadline = clock.steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(patience);
    return block_on(loops.executor(0), connect(ConnectPlan(std::move(endpoint), clock, timers, deadline)));
  }
  // Streams end on their loop.
  void drop(Result<std::unique_ptr<Stream>>& stream) { block_on(loops.executor(0), end(std::move(*stream))); }
  static Task<int> end(std::unique_ptr<Stream> stream) {
    stream.reset();
    co_return 0;
  }

  SystemClock clock;
  SystemTimers timers;
  Loops loops{1};
};

TEST_F(ConnectTest, ReachesANameAnAddressAndAPath) {
  const auto listeners = listen_tcp(TcpAddress("127.0.0.1", 0), 1);
  ASSERT_TRUE(listeners);
  const std::uint16_t port = local_port(listeners->front().get());
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/socket";
  const Result<UniqueFd> unix_listener = listen_unix(path, 0600);
  ASSERT_TRUE(unix_listener);
  for (const Endpoint& endpoint :
       {Endpoint::tcp("127.0.0.1", port), Endpoint::tcp("localhost", port), Endpoint::unix_socket(path)}) {
    Result<std::unique_ptr<Stream>> stream = connect_to(endpoint);
    ASSERT_TRUE(stream) << stream.error().message();
    drop(stream);
  }
  EXPECT_EQ(accept_from(listeners->front().get()).state, Accepted::kConnection);
  EXPECT_EQ(accept_from(listeners->front().get()).state, Accepted::kConnection);
  EXPECT_EQ(accept_from(unix_listener->get()).state, Accepted::kConnection);
}

TEST_F(ConnectTest, SaysWhereItEnded) {
  auto listeners = listen_tcp(TcpAddress("127.0.0.1", 0), 1);
  ASSERT_TRUE(listeners);
  const std::uint16_t port = local_port(listeners->front().get());
  listeners->clear();
  const auto refused = connect_to(Endpoint::tcp("127.0.0.1", port));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(refused.error().message(),
            "cannot connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
  const auto nowhere = connect_to(Endpoint::tcp("no-such-host.invalid", 6379));
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message(), HasSubstr("cannot connect to no-such-host.invalid:6379: "));
  const auto missing = connect_to(Endpoint::unix_socket("/no/such/socket"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message(), "cannot connect to /no/such/socket: No such file or directory");
  EXPECT_FALSE(connect_to(Endpoint::unix_socket(std::string(200, 'a'))));
}

TEST_F(ConnectTest, GivesUpWhenTheTimeIsOver) {
  // A listener whose queue is full answers no further connection.
  const auto listeners = listen_tcp(TcpAddress("127.0.0.1", 0), 1);
  ASSERT_TRUE(listeners);
  ASSERT_EQ(::listen(listeners->front().get(), 0), 0);
  const Endpoint endpoint = Endpoint::tcp("127.0.0.1", local_port(listeners->front().get()));
  std::vector<Result<std::unique_ptr<Stream>>> streams;
  std::string why;
  for (int i = 0; i < 20 && why.empty(); ++i) {
    streams.push_back(connect_to(endpoint, 100ms));
    if (!streams.back()) why = streams.back().error().message();
  }
  EXPECT_EQ(why, "cannot connect to " + endpoint.text() + ": Connection timed out");
  for (auto& stream : streams) {
    if (stream) drop(stream);
  }
}

TEST(Endpoint, ShowsAnIpv6AddressInBrackets) {
  EXPECT_EQ(Endpoint::tcp("::1", 6379).text(), "[::1]:6379");
  EXPECT_EQ(Endpoint::tcp("redis", 6379).text(), "redis:6379");
  EXPECT_EQ(Endpoint::unix_socket("/run/redis.sock").text(), "/run/redis.sock");
}

}  // namespace
}  // namespace hubwarden::net
