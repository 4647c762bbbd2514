#pragma once

// What the tests of operations share: a GitHub whose answers stand in a list, and what it was asked.

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "delivery/delivery_fixture.h"
#include "delivery/operations/performer.h"
#include "http/fake_client.h"

namespace hubwarden::delivery {

inline http::Fields one_field(std::string_view name, std::string_view value) {
  http::Fields fields;
  fields.add(name, value);
  return fields;
}

class OperationTest : public DeliveryTest {
 protected:
  OperationTest() {
    github.repository_ids["acme/widgets"] = 42;
    github.mint_takes = Duration::zero();
  }

  // The next answer; an answer too few is a 599.
  void answers(int status, std::string body, http::Fields fields = http::Fields()) {
    script.push_back(http::fake_answer(status, std::move(body), std::move(fields)));
  }
  Result<http::ClientResponse> next(const http::ClientRequest& request) {
    asked.push_back(std::string(to_string(request.method)) + " " +
                    request.url.substr(request.url.find("://") + 3));
    bearers.emplace_back(request.authorization ? request.authorization->secret.reveal() : "none");
    if (script.empty()) return http::fake_answer(599, "");
    Result<http::ClientResponse> answer = std::move(script.front());
    script.pop_front();
    return answer;
  }

  std::deque<Result<http::ClientResponse>> script;
  std::vector<std::string> asked;    // "GET api.github.com/repos/acme/widgets"
  std::vector<std::string> bearers;  // "none" without one
  http::FakeClient client{[this](const http::ClientRequest& request) { return next(request); }};
  github::ServerClock server_clock{time.clock()};
  github::Rest rest{github::Host::github_com(), client, server_clock, random};
  github::RateGuard guard{{server_clock, time, metrics}, github::RateOptions()};
  tokens::TokenService service{time.clock(), time, {tokens::HostTokens(lookup, engine, github)}, nullptr};
  Performer performer{{time.clock(), time, random, service},
                      {{"github.com", OperationHost(rest, guard)}},
                      {"codeload.github.com", "*.githubusercontent.com"}};
};

}  // namespace hubwarden::delivery
