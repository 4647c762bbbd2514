#pragma once

// A hubwarden that acts on GitHub, and the sandbox that it acts on, in one process and in virtual time.
//
//   OperationsWorld world;
//   const std::string handle = world.handle({"read"});
//   const Answered answer = world.ask(handle, "repository_metadata");
//   world.minted();   // "issues:read,metadata:read": of each token

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/handles.h"
#include "auth/memory_budgets.h"
#include "auth/workspaces.h"
#include "crypto/rsa_key.h"
#include "delivery/operations/operation_routes.h"
#include "github/api.h"
#include "http/fake_client.h"
#include "obs/capturing_log.h"
#include "store/sqlite_store.h"
#include "tests/support/fake_request.h"
#include "tests/support/run_task.h"
#include "tests/support/sandbox_world.h"
#include "tokens/app_upstream.h"

namespace hubwarden::testing {

// The sandbox as a transport: what is sent is answered after `latency`.
class SandboxClient final : public http::Client {
 public:
  SandboxClient(sandbox::GitHub& github, net::Timers& timers, const Clock& clock)
      : github_(github), timers_(timers), clock_(clock) {}

  Duration latency = std::chrono::milliseconds(20);
  std::size_t most_in_flight = 0;
  std::size_t sent = 0;
  // With an installation's token, after an answer had come that told to wait, and before that was over.
  std::size_t sent_in_spite = 0;

  http::Task<Result<http::ClientResponse>> send(http::ClientRequest request) override {
    ++sent;
    const bool is_limited =
        request.url.find("/repos/") != std::string::npos && !request.url.ends_with("/installation");
    if (is_limited && clock_.steady_now() < hold_off_until_) ++sent_in_spite;
    most_in_flight = std::max(most_in_flight, ++in_flight_);
    const auto answered = clock_.steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(latency);
    co_await net::sleep_until(timers_, answered);
    http::Response answer = github_.answer(call_of(request));
    --in_flight_;
    if (const auto wait = answer.fields().find("Retry-After"); wait && is_limited) {
      const std::chrono::seconds seconds(parse_number<std::int64_t>(*wait).value());
      hold_off_until_ = std::max(hold_off_until_, clock_.steady_now() + seconds);
    }
    http::ClientResponse response;
    response.status = answer.status();
    response.fields = answer.fields();
    if (auto* text = std::get_if<std::string>(&answer.body())) response.body = std::move(*text);
    if (!request.stream_answer) co_return response;
    response.stream = std::make_unique<http::StringSource>(std::move(response.body));
    response.body.clear();
    co_return response;
  }

 private:
  static sandbox::Call call_of(const http::ClientRequest& request) {
    const std::size_t path = request.url.find('/', request.url.find("://") + 3);
    sandbox::Call call(request.method, std::string_view(request.url).substr(path));
    for (const auto& [name, value] : request.fields) call.headers.add(name, value);
    if (request.authorization) {
      call.headers.add("Authorization", request.authorization->scheme + " " +
                                            std::string(request.authorization->secret.reveal()));
    }
    if (const auto* text = std::get_if<std::string>(&request.body)) call.body = *text;
    return call;
  }

  sandbox::GitHub& github_;
  net::Timers& timers_;
  const Clock& clock_;
  std::size_t in_flight_ = 0;
  SteadyPoint hold_off_until_{};
};

class OperationsWorld {
 public:
  // `permissions`: what the App was granted.
  explicit OperationsWorld(const sandbox::Permissions& permissions, const catalogue::OperationList& allowed,
                           github::RateOptions rates = github::RateOptions())
      : github(small.github, time, time.clock()),
        guard_({server_clock_, time, metrics}, rates),
        authority_(std::make_shared<const auth::Authority>(rules::Grant::of_operator(
            std::make_shared<const catalogue::OperationSet>(catalogue::OperationSet::of(allowed))))),
        routes_(
            {time.clock(), gate_, performer_, writes_, rule_budgets_, approvals_, recorder_, log, metrics},
            delivery::OperationRules(kHost)) {
    small.world().app(small.app)->permissions = permissions;
    small.world().installation(small.installation)->permissions = permissions;
    upstream_.add(app_, api_);
    engine_.teach(lookup_.learner());
  }

  // A handle for a repository of acme's.
  std::string handle(std::vector<std::string_view> operations, std::string_view repository = "acme/widgets") {
    auth::HandleWish wish(policy::Repository::parse(repository).value(),
                          catalogue::OperationList::parse(operations).value());
    wish.life = std::chrono::hours(24);
    wish.limits =
        policy::BudgetLimits::make(100, policy::BudgetLimits::kMaxRequests, std::uint64_t(1) << 40).value();
    return std::string(test::run(handles_.issue(std::move(wish))).value().handle().reveal());
  }

  http::Task<Answered> asking(std::string handle, std::string operation, std::string params) {
    const std::string body =
        R"({"proxy_handle":")" + handle + R"(","operation":")" + operation + R"(","params":)" + params + "}";
    FakeRequest request(http::Method::kPost, std::string(delivery::kOperationsPath), body);
    request.add("Content-Type", "application/json");
    http::Response response = co_await settled(routes_.post(request));
    if (auto* stream = std::get_if<std::unique_ptr<http::BodySource>>(&response.body())) {
      const std::unique_ptr<http::BodySource> source = std::move(*stream);
      Result<std::string> text = co_await http::read_all(*source, 1 << 20);
      response.body() = text ? std::move(*text) : std::string("cut");
    }
    co_return Answered(response);
  }
  Answered ask(std::string_view handle, std::string_view operation, std::string_view params = "{}") {
    return time.run(asking(std::string(handle), std::string(operation), std::string(params)));
  }

  // The permissions of each token that was minted since the records were cleared.
  std::vector<std::string> minted() {
    std::vector<std::string> all;
    const boost::json::object counters = small.github.state().records.counters();
    for (const boost::json::value& mint : counters.at("mints").as_array()) {
      all.emplace_back(mint.at("permissions").as_string());
    }
    return all;
  }

  static constexpr std::string_view kApi = "http://127.0.0.1:1";
  static constexpr const char* kHost = "127.0.0.1:1";

  sandbox::testing::SmallWorld small;
  VirtualTime& time = small.time;
  obs::Metrics metrics;
  obs::CapturingLog log;
  SandboxClient github;

 private:
  SeededRandom random_{1};
  github::ServerClock server_clock_{time.clock()};
  tokens::AppRef app_{kHost, std::to_string(small.app.value())};
  github::Host host_ = github::Host::parse(kApi).value();
  github::AppJwtCache jwt_{github::AppId::parse(std::to_string(small.app.value())).value(),
                           crypto::RsaKey::from_pem(sandbox::testing::app_key().private_pem()).value(),
                           server_clock_};
  github::Api api_{host_, github, jwt_, server_clock_, random_};
  tokens::AppUpstream upstream_{server_clock_};
  tokens::NoSharedPlaces places_;
  tokens::Lookup lookup_{{server_clock_, time, random_, upstream_, places_}, {app_}, 1000};
  tokens::Alone alone_;
  tokens::EngineEvents events_;
  tokens::TokenEngine engine_{{server_clock_, time, random_, upstream_, alone_, events_},
                              tokens::EngineOptions()};
  tokens::TokenService tokens_{
      server_clock_, time, {tokens::HostTokens(lookup_, engine_, upstream_)}, nullptr};
  github::Rest rest_{host_, github, server_clock_, random_};
  github::RateGuard guard_;
  auth::MemoryBudgets budgets_;
  std::unique_ptr<store::SqliteStore> records_ = store::SqliteStore::open(":memory:").value();
  auth::Workspaces workspaces_{*records_, *records_, time.clock(), random_};
  auth::Handles handles_{{*records_, *records_, budgets_, time.clock(), time, random_, log}};
  auth::AdminCredential admin_;
  delivery::Throttle throttle_{
      {time.clock(), log, metrics}, delivery::ThrottleRates(), http::TrustedProxies()};
  auth::AuthorityPtr authority_;
  auth::MemoryUsedTokens used_{time.clock()};
  auth::RevocationIndex revoked_;
  auth::Sessions sessions_{{time.clock(), random_, used_, revoked_}, authority_, std::nullopt};
  auth::RuleBudgets rule_budgets_{budgets_, time.clock()};
  auth::Approvals approvals_{{*records_, time.clock(), time, random_, log, nullptr}};
  ledger::Ledger nowhere_{{ledger::SigningKey(Secret("unused")), time.clock(), time, random_, metrics, log},
                          {}};
  delivery::Recorder recorder_{time.clock(), nowhere_, false};
  delivery::Gate gate_{{admin_, workspaces_, handles_, sessions_, revoked_, throttle_}, authority_};
  delivery::Performer performer_{
      {time.clock(), time, random_, tokens_}, {{kHost, delivery::OperationHost(rest_, guard_)}}, {}};
  delivery::Idempotency writes_{time.clock(), time};
  delivery::OperationRoutes routes_;
};

}  // namespace hubwarden::testing
