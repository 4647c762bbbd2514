#include "redis/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "redis/codec.h"
#include "tests/support/run_task.h"

namespace hubwarden::redis {
namespace {

using ::testing::ElementsAre;

// Answers what it was told to, and knows what it was asked.
class ScriptedClient final : public Client {
 public:
  net::Task<Result<Reply>> ask(std::string key, std::string command) override {
    keys.push_back(std::move(key));
    commands.push_back(std::move(command));
    Result<Reply> answer = std::move(answers.front());
    answers.pop_front();
    co_return answer;
  }
  bool is_available() const override { return true; }
  net::Task<> stop() override { co_return; }

  std::deque<Result<Reply>> answers;
  std::vector<std::string> keys;
  std::vector<std::string> commands;
};

class ScriptTest : public ::testing::Test {
 protected:
  Result<Reply> run() { return test::run(script.run(client, {"{a}1", "{a}2"}, {"value"})); }

  const Script script{"return 1"};
  const std::string by_name =
      command_text({"EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "2", "{a}1", "{a}2", "value"});
  const std::string by_text = command_text({"EVAL", "return 1", "2", "{a}1", "{a}2", "value"});
  ScriptedClient client;
};

TEST_F(ScriptTest, IsCalledByItsName) {
  client.answers.emplace_back(Reply::integer_of(1));
  EXPECT_EQ(run()->integer(), 1);
  EXPECT_THAT(client.commands, ElementsAre(by_name));
  EXPECT_THAT(client.keys, ElementsAre("{a}1"));
}

TEST_F(ScriptTest, IsSentToAServerThatDoesNotKnowIt) {
  client.answers.emplace_back(fail(ErrorCode::kNotFound, "Redis says NOSCRIPT No matching script."));
  client.answers.emplace_back(Reply::integer_of(1));
  EXPECT_EQ(run()->integer(), 1);
  EXPECT_THAT(client.commands, ElementsAre(by_name, by_text));
  EXPECT_THAT(client.keys, ElementsAre("{a}1", "{a}1"));
}

TEST_F(ScriptTest, IsNotRepeatedAfterAnyOtherFailure) {
  client.answers.emplace_back(fail(ErrorCode::kUnavailable, "Redis did not answer in time"));
  EXPECT_EQ(run().error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(client.commands, ElementsAre(by_name));
}

}  // namespace
}  // namespace hubwarden::redis
