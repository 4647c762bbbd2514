#include "sandbox/arrivals.h"

#include <boost/json/object.hpp>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"
#include "sandbox/tokens.h"

namespace hubwarden::sandbox {

namespace json = boost::json;

void Arrivals::add(std::string_view front, const Call& call, TimePoint at) {
  if (arrivals_.size() >= kMaxArrivals) arrivals_.pop_front();
  std::string target = call.path;
  // What signs a file's address is as good as a credential.
  if (!call.query.empty() && front != "files") target += "?" + call.query;
  const Credentials credentials = credentials_of(call.header("Authorization"));
  const bool none = credentials.scheme == Credentials::Scheme::kNone;
  arrivals_.push_back(Arrival{next_sequence_++, at, front, call.method, printable(target, kMaxTarget),
                              none ? std::string() : hashed_token(credentials.secret)});
}

json::array Arrivals::list(const Question& question) const {
  json::array list;
  for (const Arrival& arrival : arrivals_) {
    if (arrival.sequence <= question.since) continue;
    if (arrival.target.find(question.contains) == std::string::npos) continue;
    if (list.size() >= question.limit) break;
    json::object one{{"sequence", arrival.sequence},
                     {"at", rfc3339(arrival.at)},
                     {"front", arrival.front},
                     {"method", to_string(arrival.method)},
                     {"target", arrival.target}};
    one["hashed_token"] = arrival.hashed_token.empty() ? json::value() : json::value(arrival.hashed_token);
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace hubwarden::sandbox
