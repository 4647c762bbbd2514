#pragma once

// hubwarden as this program meets it: two requests.

#include <memory>
#include <string>
#include <string_view>

#include "apps/git-credential-hubwarden/bearer.h"
#include "apps/git-credential-hubwarden/channel.h"
#include "apps/git-credential-hubwarden/http_reply.h"
#include "apps/git-credential-hubwarden/question.h"
#include "apps/git-credential-hubwarden/settings.h"
#include "apps/git-credential-hubwarden/token_reply.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

namespace hubwarden::git_credential {

class Broker {
 public:
  virtual ~Broker() = default;
  // A token for this repository of this host. One attempt; a refusal is hubwarden's own, `unavailable` is
  // ours.
  virtual Result<Token> ask(const Question& question, SteadyPoint deadline) = 0;
  // Tells that GitHub refused this very token.
  virtual Result<void> report(const Secret& token, SteadyPoint deadline) = 0;
};

// A request of the workspace and hubwarden's answer, read to its end. A bearer that is refused with 401 is
// read again from its file, and a new one tried once: it was rotated meanwhile.
class Conversation {
 public:
  // All outlive it.
  Conversation(const Settings& settings, Bearer& bearer, const Clock& clock)
      : settings_(settings), bearer_(bearer), clock_(clock) {}

  using Reply = std::unique_ptr<HttpReplyReader>;
  // `path` is below hubwarden's address; a POST has a body of JSON. `unavailable`: there is no answer.
  Result<Reply> get(std::string_view path, SteadyPoint deadline);
  Result<Reply> post(std::string_view path, const Secret& body, SteadyPoint deadline);

  // Without a bearer: for what is open to everybody.
  Result<Reply> get_openly(std::string_view path, SteadyPoint deadline);

  // "/workspaces/agent-7" and `tail`.
  std::string workspace_path(std::string_view tail) const;

 private:
  Result<Reply> ask(std::string_view method, std::string_view path, std::string_view body,
                    SteadyPoint deadline);
  Result<Reply> ask_once(const Secret& request, SteadyPoint deadline) const;
  Secret request(std::string_view method, std::string_view path, std::string_view bearer,
                 std::string_view body) const;

  const Settings& settings_;
  Bearer& bearer_;
  const Clock& clock_;
};

// The real one: a connection for each request.
class RemoteBroker final : public Broker {
 public:
  // All outlive it.
  RemoteBroker(const Settings& settings, Bearer& bearer, const Clock& clock)
      : conversation_(settings, bearer, clock) {}

  Result<Token> ask(const Question& question, SteadyPoint deadline) override;
  Result<void> report(const Secret& token, SteadyPoint deadline) override;

 private:
  Conversation conversation_;
};

}  // namespace hubwarden::git_credential
