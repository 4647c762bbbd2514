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

class RedisAccessTest : public RedisTest {
 protected:
  ~RedisAccessTest() override { leave(); }

  // `login`: to servers and sentinels.
  void enter(const Topology& topology, const std::shared_ptr<const Login>& login) {
    Logins logins;
    logins.servers = login;
    logins.sentinels = login;
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
