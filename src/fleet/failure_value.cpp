#include "fleet/failure_value.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "fleet/json_members.h"

namespace hubwarden::fleet {
namespace {

// More in a row make no difference to the pause.
constexpr std::int64_t kMaxConsecutive = 1'000'000;

// By the name that to_string() gives it.
template <class Enum>
std::optional<Enum> named(std::string_view name, Enum last) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (to_string(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

std::optional<Error> error_in(const boost::json::object& value) {
  const auto code = text_at(value, "code");
  const auto fix = text_at(value, "fix");
  const auto message = text_at(value, "message");
  if (!code || !fix || !message) return std::nullopt;
  const std::optional<ErrorCode> known_code = named(*code, ErrorCode::kInternal);
  const std::optional<Fix> known_fix = named(*fix, Fix::kWait);
  if (!known_code || !known_fix) return std::nullopt;
  Error error(*known_code, std::string(*message));
  error = std::move(error).with_fix(*known_fix).with_detail(text_at(value, "detail").value_or(""));
  if (const auto status = integer_at(value, "status"); status && *status >= 100 && *status <= 599) {
    error = std::move(error).with_upstream_status(static_cast<int>(*status));
  }
  if (const auto limit = text_at(value, "limit")) {
    const std::optional<Limit> known_limit = named(*limit, Limit::kCaller);
    if (!known_limit) return std::nullopt;
    error = std::move(error).with_limit(*known_limit);
  }
  return error;
}

}  // namespace

std::string failure_value(const tokens::SharedFailure& failure) {
  const Error& error = failure.failure.cause();
  boost::json::object value;
  value["code"] = to_string(error.code());
  value["fix"] = to_string(error.fix());
  value["message"] = error.message();
  if (!error.detail().empty()) value["detail"] = error.detail();
  if (error.upstream_status()) value["status"] = *error.upstream_status();
  if (error.limit()) value["limit"] = to_string(*error.limit());
  value["consecutive"] = failure.failure.consecutive();
  value["met_at"] = nanoseconds(failure.met_at);
  return boost::json::serialize(value);
}

std::optional<tokens::SharedFailure> read_failure_value(std::string_view value, SteadyPoint not_before) {
  const std::optional<boost::json::object> object = object_in(value, kMaxFailureValue);
  if (!object) return std::nullopt;
  std::optional<Error> error = error_in(*object);
  const auto consecutive = integer_at(*object, "consecutive");
  const auto met_at = time_at(*object, "met_at");
  if (!error || !met_at || !consecutive || *consecutive < 1 || *consecutive > kMaxConsecutive) {
    return std::nullopt;
  }
  tokens::Failure failure(std::move(*error), static_cast<int>(*consecutive), not_before);
  return tokens::SharedFailure(std::move(failure), *met_at);
}

}  // namespace hubwarden::fleet
