#include "redis/login.h"

#include <utility>
#include <vector>

namespace hubwarden::redis {
namespace {

std::string password_command(const Login& login) {
  const std::string_view password = login.password.reveal();
  return login.user.empty() ? command_text({"AUTH", password}) : command_text({"AUTH", login.user, password});
}

net::Task<Result<>> enter(std::shared_ptr<Connection> connection, std::shared_ptr<const Login> login,
                          SteadyPoint deadline) {
  net::Task<Result<Reply>> asking = connection->ask(password_command(*login), deadline);
  const Result<Reply> reply = co_await std::move(asking);
  if (!reply) co_return std::unexpected(reply.error());
  if (!reply->is_error()) co_return Result<>();
  // A server that does not know AUTH repeats what it was sent: only the first word is shown.
  const std::string text = error_text(*reply);
  const std::string word = text.substr(0, text.find(' '));
  co_return fail(ErrorCode::kUnavailable, "Redis refuses us: " + word + " in answer to the password");
}

}  // namespace

net::Task<Result<>> log_in(std::shared_ptr<Connection> connection, std::shared_ptr<const Login> login,
                           SteadyPoint deadline) {
  if (!login->password.empty()) {
    net::Task<Result<>> entering = enter(connection, login, deadline);
    const Result<> entered = co_await std::move(entering);
    if (!entered) co_return entered;
  }
  std::vector<std::string> commands;
  if (login->database != 0) commands.push_back(command_text({"SELECT", std::to_string(login->database)}));
  commands.push_back(command_text({"PING"}));
  for (std::string& command : commands) {
    net::Task<Result<Reply>> asking = connection->ask(std::move(command), deadline);
    const Result<Reply> reply = co_await std::move(asking);
    if (!reply) co_return std::unexpected(reply.error());
    if (reply->is_error()) co_return fail(ErrorCode::kUnavailable, "Redis refuses us: " + error_text(*reply));
  }
  // For whoever looks at CLIENT LIST; not every user may.
  std::string naming = command_text({"CLIENT", "SETNAME", "hubwarden"});
  net::Task<Result<Reply>> asking = connection->ask(std::move(naming), deadline);
  const Result<Reply> named = co_await std::move(asking);
  if (!named) co_return std::unexpected(named.error());
  co_return Result<>();
}

}  // namespace hubwarden::redis
