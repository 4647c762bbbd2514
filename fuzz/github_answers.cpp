// GitHub's answers: mints, look-ups, errors. Whatever comes, it is a document that holds what was asked for,
// or an error; never more than was asked for.

#include <memory>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/token_text.h"
#include "fuzz/target.h"
#include "github/answers.h"
#include "github/documents.h"
#include "github/mint.h"
#include "github/rate_bucket.h"
#include "github/rate_gate.h"
#include "github/retry.h"

namespace hubwarden::fuzz {
namespace {

constexpr TimePoint kNow{std::chrono::seconds(1'800'000'000)};

http::Fields fields_of(std::string_view lines) {
  http::Fields fields;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) fields.add(line.substr(0, colon), line.substr(colon + 1));
  }
  return fields;
}

void read_mint(std::string_view body) {
  const auto minted = github::read_minted_token(body);
  if (!minted) return;
  const auto permissions = policy::PermissionSet::parse("contents:read");
  const auto ids = github::RepositoryIds::make({RepositoryId(1296269)});
  const github::MintRequest asked(InstallationId(7), *ids, *permissions);
  if (!github::verify_minted(asked, *minted, kNow)) return;
  HW_CHECK(is_token_text(minted->token.reveal()));
  HW_CHECK(minted->expires_at > kNow);
  HW_CHECK(!minted->repositories.empty());
  for (const github::MintedRepository& each : minted->repositories)
    HW_CHECK(each.id == RepositoryId(1296269));
  for (const auto& [name, level] : minted->permissions) {
    HW_CHECK(name == "metadata" || name == "contents");
    HW_CHECK(level == policy::Level::kRead);
  }
}

// A window ends a second after its reset.
constexpr Duration kLongestClosed = github::kLongestWait + github::RateBucket::kRounding;

// What an answer teaches the rate guard: it never closes for longer than GitHub's window, and remembers no
// more resources than it has room for.
void learn_from(const github::Answer& answer, const Result<>& meaning) {
  ManualClock clock(kNow);
  const github::Moment now(clock);
  const github::RateOptions options;
  github::RateGate gate(options);
  const SteadyPoint until = github::after(now.steady, std::chrono::minutes(1));
  github::RateAsk ask(InstallationId(7), "caller", until);
  const auto waiter = std::make_shared<github::RateWaiter>(std::move(ask), until);
  gate.enter(waiter, now);
  const auto& ticket = std::get<github::RateTicket>(waiter->outcome);
  const Result<> told = gate.answered(ticket, github::RateAnswer(answer.status, answer.fields, meaning), now);
  gate.leave(now);
  HW_CHECK(told.has_value() == meaning.has_value());
  HW_CHECK(gate.doors() <= 3);
  for (std::size_t door = 0; door < gate.doors(); ++door) {
    HW_CHECK(gate.closed_until(door, now).value_or(now.steady) <= github::after(now.steady, kLongestClosed));
  }
  if (told || told.error().code() != ErrorCode::kRateLimited) return;
  HW_CHECK(gate.is_closed(now));
  HW_CHECK(*told.error().retry_after() <= kLongestClosed);
}

void ask_again(const Result<>& meaning) {
  if (meaning) return;
  SeededRandom random(1);
  const SteadyPoint now{};
  for (const http::Method method : {http::Method::kGet, http::Method::kPost}) {
    const SteadyPoint deadline = now + std::chrono::seconds(10);
    const github::FailedAttempt failed(method, 1, meaning.error(), now, deadline);
    const auto pause = github::pause_before_retry(failed, random);
    HW_CHECK(!pause || (*pause >= Duration::zero() && now + *pause < deadline));
    // GitHub has answered a write: only a refused token shows that it did not act.
    HW_CHECK(!pause || method == http::Method::kGet || meaning.error().upstream_status() == 401);
  }
}

}  // namespace

// A byte for the purpose, a byte for the status, header lines, NUL, the body.
void target(std::string_view bytes) {
  if (bytes.size() < 2) return;
  constexpr github::Purpose kPurposes[] = {github::Purpose::kMint, github::Purpose::kLookUp,
                                           github::Purpose::kApp, github::Purpose::kResource};
  // Those that mean something of their own, and one of each other kind.
  constexpr int kStatuses[] = {200, 201, 204, 304, 301, 400, 401, 403, 404, 405, 408, 409,
                               410, 418, 422, 429, 451, 500, 501, 502, 503, 504, 599, 100,
                               999, 402, 406, 412, 413, 414, 415, 302, 307, 206};
  const auto purpose = kPurposes[static_cast<unsigned char>(bytes[0]) % std::size(kPurposes)];
  const int status = kStatuses[static_cast<unsigned char>(bytes[1]) % std::size(kStatuses)];
  bytes.remove_prefix(2);
  const http::Fields fields = fields_of(take_text(bytes));
  const github::Answer answer(purpose, http::Method::kGet, status, fields, bytes, kNow);
  const Result<> meaning = github::classify(answer);
  HW_CHECK(meaning.has_value() == (status / 100 == 2 || status == 304));
  if (!meaning && meaning.error().retry_after()) {
    HW_CHECK(*meaning.error().retry_after() >= std::chrono::seconds(1));
    HW_CHECK(*meaning.error().retry_after() <= github::kLongestWait);
  }
  learn_from(answer, meaning);
  ask_again(meaning);
  read_mint(bytes);
  (void)github::read_installation(bytes);
  (void)github::read_repository(bytes);
  (void)github::read_app(bytes);
  (void)github::token_in(bytes);
}

}  // namespace hubwarden::fuzz
