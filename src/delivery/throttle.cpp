#include "delivery/throttle.h"

namespace hubwarden::delivery {
namespace {

// One line in a minute for an address that goes on and on.
constexpr PerMinute kLines(1);

std::chrono::seconds rounded_up(Duration wait) {
  return std::chrono::ceil<std::chrono::seconds>(wait);
}

}  // namespace

struct Throttle::Address {
  explicit Address(std::string text_) : text(std::move(text_)) {}
  const std::string text;
  RateMeter requests;
  RateMeter failures;
  RateMeter lines;
};

Throttle::Throttle(Parts parts, ThrottleRates rates, http::TrustedProxies proxies)
    : parts_(parts),
      rates_(rates),
      proxies_(std::move(proxies)),
      addresses_(kMaxAddresses),
      throttled_(parts.metrics.counters("hubwarden_throttled_total",
                                        "Requests refused because there were too many",
                                        {{"by", {"caller", "address", "failures"}}})),
      failures_(parts.metrics.counter("hubwarden_authentication_failures_total",
                                      "Requests without a credential, or with one that nobody has")) {
}

std::shared_ptr<Throttle::Address> Throttle::address_of(const http::Request& request) {
  std::string text = proxies_.client_of(request.peer().address, request.fields());
  if (auto known = addresses_.get(text)) return *known;
  auto made = std::make_shared<Address>(text);
  // Two that meet here: one of them counts one request less.
  addresses_.put(std::move(text), made);
  return made;
}

Error Throttle::too_many(By by, Duration wait) {
  throttled_.at(by).add();
  return Error(ErrorCode::kRateLimited, by == kByFailures
                                            ? "too many requests without a valid credential from this address"
                                            : "too many requests; hubwarden's own limit")
      .with_limit(Limit::kCaller)
      .with_retry_after(rounded_up(wait));
}

Result<> Throttle::request(const http::Request& request) {
  if (!rates_.address) return {};
  const std::shared_ptr<Address> address = address_of(request);
  const auto wait = address->requests.take(*rates_.address, parts_.clock.steady_now());
  if (wait) return std::unexpected(too_many(kByAddress, *wait));
  return {};
}

Result<> Throttle::caller(const auth::Principal& who) {
  RateMeter* const meter = who.meter();
  if (!rates_.caller || meter == nullptr) return {};
  const auto wait = meter->take(*rates_.caller, parts_.clock.steady_now());
  if (wait) return std::unexpected(too_many(kByCaller, *wait));
  return {};
}

Result<> Throttle::may_try(const http::Request& request) {
  if (!rates_.failures) return {};
  const auto wait = address_of(request)->failures.wait(*rates_.failures, parts_.clock.steady_now());
  if (wait) return std::unexpected(too_many(kByFailures, *wait));
  return {};
}

Error Throttle::refused(const http::Request& request, Error wrong) {
  failures_.add();
  if (!rates_.failures) return wrong;
  const SteadyPoint now = parts_.clock.steady_now();
  const std::shared_ptr<Address> address = address_of(request);
  const auto wait = address->failures.take(*rates_.failures, now);
  if (!wait) return wrong;
  if (!address->lines.take(kLines, now)) {
    parts_.log.warning("auth.throttled", {{"address", std::string_view(address->text)}});
  }
  return too_many(kByFailures, *wait);
}

}  // namespace hubwarden::delivery
