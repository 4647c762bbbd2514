#pragma once

// Who has which token, for all replicas to see: what one of them has handed out, each of them can take back,
// though that one be gone. A replica that is alone has `NoSharedHoldings`.
//
//   holdings.note({"session 18…", "agent acme/widgets"}, held, keys);   // from any thread
//   const Swept found = co_await holdings.of("github.com", "agent acme/widgets");
//
// Nothing here fails: what is not noted is not known, and what could not be looked at is told.

#include <string>
#include <vector>

#include "net/task.h"
#include "tokens/held_token.h"
#include "tokens/shared_sweep.h"

namespace hubwarden::tokens {

class SharedHoldings {
 public:
  virtual ~SharedHoldings() = default;
  // Under each of `holders`, for as long as the token lives; `keys` are those under which the second tier has
  // it. Waits for nothing.
  virtual void note(std::vector<std::string> holders, const HeldToken& held,
                    const std::vector<std::string>& keys) = 0;
  // Takes them out of the second tier, too: nobody is given them any more.
  virtual net::Task<Swept> of(std::string host, std::string holder) = 0;
};

class NoSharedHoldings final : public SharedHoldings {
 public:
  void note(std::vector<std::string>, const HeldToken&, const std::vector<std::string>&) override {}
  net::Task<Swept> of(std::string, std::string) override { co_return Swept(); }
};

}  // namespace hubwarden::tokens
