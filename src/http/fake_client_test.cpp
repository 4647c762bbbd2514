#include "http/fake_client.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <exception>

namespace hubwarden::http {
namespace {

template <class T>
T run(Task<T> task) {
  boost::asio::io_context loop;
  std::optional<T> result;
  boost::asio::co_spawn(loop.get_executor(), std::move(task), [&result](std::exception_ptr error, T value) {
    ASSERT_FALSE(error);
    result.emplace(std::move(value));
  });
  loop.run();
  return std::move(*result);
}

TEST(FakeClient, AnswersFromItsScriptAndRemembersTheRequest) {
  FakeClient client([](const ClientRequest& request) { return fake_answer(200, "for " + request.url); });
  const Result<ClientResponse> got = run(client.send(ClientRequest(Method::kGet, "https://a.test/x")));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "for https://a.test/x");
  ASSERT_EQ(client.requests().size(), 1u);
  EXPECT_EQ(client.requests().front().method, Method::kGet);
  EXPECT_EQ(client.waiting(), 0u);
}

TEST(FakeClient, FailsWhereTheScriptFails) {
  FakeClient client([](const ClientRequest&) -> Result<ClientResponse> {
    return fail(ErrorCode::kUpstreamTimeout, "no answer");
  });
  const Result<ClientResponse> got = run(client.send(ClientRequest(Method::kGet, "https://a.test/")));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::kUpstreamTimeout);
}

Task<Result<std::string>> send_and_read(Client& client) {
  ClientRequest request(Method::kPost, "https://a.test/");
  request.stream_answer = true;
  request.body = std::make_unique<StringSource>("up");
  Result<ClientResponse> got = co_await client.send(std::move(request));
  if (!got) co_return std::unexpected(got.error());
  Result<std::string> body = co_await read_all(*got->stream, 100);
  co_return body;
}

TEST(FakeClient, StreamsWhenAsked) {
  FakeClient client([](const ClientRequest&) { return fake_answer(200, "down"); });
  EXPECT_EQ(run(send_and_read(client)), "down");
  EXPECT_EQ(std::get<std::string>(client.requests().front().body), "up");
}

}  // namespace
}  // namespace hubwarden::http
