#pragma once

// A client and a listener for whatever a configuration may name, made as hubwarden makes them.

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/random.h"
#include "redis/access.h"
#include "redis/listener.h"
#include "tests/redis/redis_fixture.h"

namespace hubwarden::redis {

// What docs/fleet.md says that an ACL user needs, but for the names of keys and channels.
inline std::vector<std::string> with_user(std::vector<std::string> settings) {
  for (const char* const word :
       {"--user", "hubwarden", "on", ">sesame", "~*", "&*", "+@read", "+@write", "+@scripting", "+@pubsub",
        "+time", "+@connection", "-@dangerous", "+role", "+cluster|slots"}) {
    settings.emplace_back(word);
  }
  return settings;
}

inline std::shared_ptr<Login> login_of_user(std::string_view password = "sesame") {
  auto login = std::make_shared<Login>();
  login->user = "hubwarden";
  login->password = Secret(password);
  return login;
}

class RedisAccessTest : public RedisTest {
 protected:
  ~RedisAccessTest() override { leave(); }

  void enter(const Topology& topology, const std::shared_ptr<const Login>& login,
             const std::shared_ptr<const Login>& to_sentinels = nullptr) {
    Logins logins;
    logins.servers = login;
    logins.sentinels = to_sentinels;
    access = make_access(parts(), topology, logins);
    access.client->start();
    const Ear ear{[this](std::string_view message) { messages.lock()->emplace_back(message); },
                  [this] { ++beginnings; }};
    listener = std::make_shared<Listener>(parts(), random, access.whereabouts, login, "channel", ear);
    net::spawn(loops.executor(0), listener->run(), [](std::exception_ptr) { FAIL(); });
  }

  // Before the servers end that a test has of its own.
  void leave() {
    if (!access.client) return;
    run(listener->stop());
    run(access.client->stop());
    access.client.reset();
  }

  Result<Reply> ask(std::string key, std::initializer_list<std::string_view> words) {
    return net::block_on(loops.executor(1), access.client->ask(std::move(key), command_text(words)));
  }

  // The text of the reply, or why there is none.
  std::string text_of(std::string key, std::initializer_list<std::string_view> words) {
    const Result<Reply> reply = ask(std::move(key), words);
    return reply ? reply->text() : reply.error().message();
  }

  bool comes_to_answer(const std::string& key) {
    return comes_true([&] { return ask(key, {"SET", key, "value"}).has_value(); });
  }

  // Published again until it is heard: a listener may just be on its way.
  bool comes_to_hear(const std::string& message) {
    return comes_true([&] {
      (void)ask("", {"PUBLISH", "channel", message});
      return has_heard(message);
    });
  }
  bool has_heard(const std::string& message) {
    auto heard = messages.lock();
    return std::ranges::find(*heard, message) != heard->end();
  }

  SeededRandom random{1};
  Access access;
  std::shared_ptr<Listener> listener;
  std::atomic<int> beginnings{0};
  Guarded<std::vector<std::string>> messages;
};

}  // namespace hubwarden::redis
