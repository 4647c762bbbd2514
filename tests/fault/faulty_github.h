#pragma once

// GitHub for one App on one organisation, in virtual time, with everything that can go wrong with it. Its own
// clock is right; the clock of whoever asks may be anything.

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>
#include <string>

#include "base/text.h"
#include "base/time_text.h"
#include "crypto/rsa_key.h"
#include "http/fake_client.h"
#include "tests/support/rsa_pem.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::testing {

enum class Fault {
  kNoConnection,
  kServerError,
  kHtmlPage,
  kCutBody,
  kSilence,
  kPrimaryLimit,
  kSecondaryLimit,
  kSuspended,
  kRemoved,    // and installed again at its end, under another id
  kRecreated,  // the same in an instant
  kKeyRotated,
};
constexpr int kFaults = static_cast<int>(Fault::kKeyRotated) + 1;

class FaultyGitHub {
 public:
  FaultyGitHub(VirtualTime& time, TimePoint start) : time_(time), start_(start) {
    client_.delay_with([this] { return answer_takes(); });
  }

  http::Client& client() { return client_; }
  // The key that the App has now.
  const std::string& key_pem() const { return pem_; }
  TimePoint now() const {
    return start_ +
           std::chrono::duration_cast<TimePoint::duration>(time_.clock().steady_now().time_since_epoch());
  }

  void begin(Fault fault, Duration lasts) {
    fault_ = fault;
    limit_resets_ = now() + std::chrono::duration_cast<TimePoint::duration>(lasts);
    if (fault == Fault::kSuspended || fault == Fault::kRemoved || fault == Fault::kRecreated) tokens_.clear();
    if (fault == Fault::kRemoved || fault == Fault::kRecreated) ++installation_;
    if (fault == Fault::kKeyRotated) rotate();
  }
  void end() { fault_.reset(); }
  std::optional<Fault> fault() const { return fault_; }

  struct Issued {
    TimePoint expires_at;
    std::string repository;
  };
  // Every token that it has ever given.
  const Issued* issued(std::string_view token) const {
    const auto found = issued_.find(token);
    return found == issued_.end() ? nullptr : &found->second;
  }
  bool takes(std::string_view token) const {
    return tokens_.contains(token) && issued_.find(token)->second.expires_at > now();
  }
  std::size_t mints() const { return issued_.size(); }

 private:
  using Answer = Result<http::ClientResponse>;

  // An App's key is verified by signing again: RS256 has one signature for one text.
  void rotate() {
    pem_ = test::make_rsa_pem();
    key_.emplace(*crypto::RsaKey::from_pem(Secret(pem_)));
    good_jwts_.clear();
  }

  net::Task<> answer_takes() {
    const bool silent = fault_ == Fault::kSilence;
    const auto takes = silent ? std::chrono::milliseconds(10'000) : std::chrono::milliseconds(180);
    co_await net::sleep_until(time_, time_.clock().steady_now() + takes);
  }

  http::Fields dated() const {
    http::Fields fields;
    fields.add("Date", http_date(now()));
    return fields;
  }
  Answer says(int status, std::string_view message) const { return says(status, message, dated()); }
  static Answer says(int status, std::string_view message, http::Fields fields) {
    return http::fake_answer(status, R"({"message":")" + std::string(message) + R"("})", std::move(fields));
  }

  Answer answer(const http::ClientRequest& request) {
    if (fault_) {
      if (const std::optional<Answer> trouble = trouble_of(*fault_)) return copy(*trouble);
    }
    Answer whole = at_work(request);
    if (fault_ == Fault::kCutBody && whole) whole->body.resize(whole->body.size() / 2);
    return whole;
  }
  static Answer copy(const Answer& given) {
    if (!given) return std::unexpected(given.error());
    return http::fake_answer(given->status, given->body, given->fields);
  }

  // What meets every request alike.
  std::optional<Answer> trouble_of(Fault fault) const {
    http::Fields fields = dated();
    switch (fault) {
      case Fault::kNoConnection:
        return fail(ErrorCode::kUpstreamUnavailable, "cannot connect to api.github.com");
      case Fault::kSilence: return fail(ErrorCode::kUpstreamTimeout, "no answer before the deadline");
      case Fault::kServerError: return says(502, "Server Error");
      case Fault::kHtmlPage: return http::fake_answer(503, "<html><h1>Unicorn!</h1></html>", fields);
      case Fault::kPrimaryLimit:
        fields.add("x-ratelimit-limit", "5000");
        fields.add("x-ratelimit-remaining", "0");
        fields.add("x-ratelimit-reset", std::to_string(seconds_of(limit_resets_)));
        return says(403, "API rate limit exceeded for installation ID 7.", std::move(fields));
      case Fault::kSecondaryLimit:
        fields.add("Retry-After", "60");
        return says(429, "You have exceeded a secondary rate limit.", std::move(fields));
      default: return std::nullopt;
    }
  }

  Answer at_work(const http::ClientRequest& request) {
    const std::string path = request.url.substr(std::string_view("https://api.github.com").size());
    const std::string credential(request.authorization->secret.reveal());
    if (path == "/rate_limit") return takes(credential) ? says(200, "") : says(401, "Bad credentials");
    const std::string refusal = jwt_refusal(credential);
    if (!refusal.empty()) return says(401, refusal);
    if (path.starts_with("/repos/")) return look_up();
    if (path.starts_with("/app/installations/")) return mint(path, std::get<std::string>(request.body));
    return says(404, "Not Found");
  }

  static std::int64_t seconds_of(TimePoint time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  }

  std::string jwt_refusal(const std::string& jwt) {
    const auto parts = split(jwt, '.');
    if (parts.size() != 3) return "A JSON web token could not be decoded";
    if (!good_jwts_.contains(jwt)) {
      const std::string signature = key_->sign_rs256(std::string(parts[0]) + "." + std::string(parts[1]));
      if (decode_base64url(parts[2]) != signature) return "A JSON web token could not be decoded";
      good_jwts_.insert(jwt);
    }
    const boost::json::value claims = boost::json::parse(decode_base64url(parts[1]).value_or(""));
    const std::int64_t exp = claims.at("exp").as_int64();
    const std::int64_t here = seconds_of(now());
    if (claims.at("iat").as_int64() > here) {
      return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was "
             "issued";
    }
    if (exp <= here) {
      return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which "
             "the "
             "assertion expires";
    }
    return exp > here + 600 ? "'Expiration time' claim ('exp') is too far in the future" : "";
  }

  Answer look_up() const {
    if (fault_ == Fault::kRemoved) return says(404, "Not Found");
    const std::string suspended =
        fault_ == Fault::kSuspended ? '"' + rfc3339(now()) + '"' : std::string("null");
    return http::fake_answer(200,
                             R"({"id":)" + std::to_string(installation_) +
                                 R"(,"account":{"login":"acme"},"permissions":{"contents":"write"},)" +
                                 R"("suspended_at":)" + suspended + "}",
                             dated());
  }

  Answer mint(const std::string& path, const std::string& body) {
    const std::string mine = "/app/installations/" + std::to_string(installation_) + "/access_tokens";
    if (path != mine || fault_ == Fault::kRemoved) return says(404, "Not Found");
    if (fault_ == Fault::kSuspended) return says(403, "This installation has been suspended");
    const boost::json::object asked = boost::json::parse(body).as_object();
    // Repository w12 has the number 1012.
    const auto* names = asked.if_contains("repositories");
    const std::string name =
        names ? std::string(names->as_array().at(0).as_string())
              : "w" + std::to_string(asked.at("repository_ids").as_array().at(0).to_number<int>() - 1000);
    const std::string token = "ghs_day" + std::to_string(issued_.size());
    const TimePoint expires_at = std::chrono::floor<std::chrono::seconds>(now()) + std::chrono::hours(1);
    issued_[token] = {expires_at, "acme/" + name};
    tokens_.insert(token);
    const int id = 1000 + *parse_number<int>(name.substr(1));
    boost::json::object answer = {{"token", token},
                                  {"expires_at", rfc3339(expires_at)},
                                  {"permissions", asked.at("permissions")},
                                  {"repository_selection", "selected"}};
    answer["repositories"] = boost::json::array{{{"id", id}, {"full_name", "acme/" + name}}};
    return http::fake_answer(201, boost::json::serialize(answer), dated());
  }

  VirtualTime& time_;
  TimePoint start_;
  http::FakeClient client_{[this](const http::ClientRequest& request) { return answer(request); }};
  std::string pem_ = test::make_rsa_pem();
  std::optional<crypto::RsaKey> key_{*crypto::RsaKey::from_pem(Secret(pem_))};
  std::set<std::string> good_jwts_;
  std::optional<Fault> fault_;
  TimePoint limit_resets_;
  std::uint64_t installation_ = 7;
  std::map<std::string, Issued, std::less<>> issued_;
  std::set<std::string, std::less<>> tokens_;  // those of the installation as it is now
};

}  // namespace hubwarden::testing
