#pragma once

// What an answer of GitHub's means: the one place where statuses, header fields and texts become error codes.
// Source: docs/errors.md, "Telling GitHub's answers apart"; docs/github-facts.md, §2.6, §5, §6. Pure; any
// thread.
//
//   Answer answer(Purpose::kResource, http::Method::kGet, response.status, response.fields, response.body,
//   now); Result<> meaning = classify(answer);

#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "http/message.h"

namespace hubwarden::github {

// What was asked, because the same status means different things.
enum class Purpose : unsigned {
  kMint = 1,      // POST …/access_tokens, with the App's JWT
  kLookUp = 2,    // where the App is installed, with the App's JWT
  kApp = 4,       // the App itself, with its JWT
  kResource = 8,  // anything, with a token
};

// Views; valid for the call.
struct Answer {
  Answer(Purpose purpose_, http::Method method_, int status_, const http::Fields& fields_,
         std::string_view body_, TimePoint now_)
      : purpose(purpose_), method(method_), status(status_), fields(fields_), body(body_), now(now_) {}

  Purpose purpose;
  http::Method method;
  int status;
  const http::Fields& fields;
  std::string_view body;
  TimePoint now;           // by GitHub's clock: a limit's reset is measured from it
  std::string_view asked;  // permissions asked for at a mint, named in the message when they are refused
};

// Success for 2xx and 304; else the error, with `fix`, `upstream_status`, GitHub's own message as `detail`
// (tokens in it blotted out), and for limits `limit` and `retry_after` (1 s to kLongestWait). A 60 s wait for
// a secondary limit that names none is the first of a series that the caller doubles. The body may be
// anything at all.
Result<> classify(const Answer& answer);

// GitHub's windows are an hour; a longer wait is a mistake of somebody's.
constexpr std::chrono::seconds kLongestWait = std::chrono::hours(1);

// With a token younger than ten seconds, this error of a resource may only mean that the token has not
// reached all of GitHub: 401, 403 "Resource not accessible by integration", 404.
bool may_be_replication_lag(const Error& error);

// A 401 whose text blames the JWT's `exp` or `iat`: sign again by GitHub's `Date`, once.
bool blames_the_clock(int status, std::string_view body);

}  // namespace hubwarden::github
