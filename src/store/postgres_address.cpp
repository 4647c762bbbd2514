#include "store/postgres_address.h"

#include <libpq-fe.h>

#include <map>

namespace hubwarden::store {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

constexpr std::string_view kPassword = "password";

std::string server_of(const std::map<std::string, std::string>& parameters) {
  const auto value = [&](const char* name, const char* usual) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string(usual) : found->second;
  };
  const std::string host = value("host", "");
  if (host.starts_with('/')) return host;
  return (host.empty() ? value("hostaddr", "localhost") : host) + ":" + value("port", "5432");
}

}  // namespace

Result<PostgresAddress> PostgresAddress::parse(const std::string& url, SharedSecret password) {
  // What the library says of a wrong URL can hold parts of it.
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(url.c_str(), &problem));
  PQfreemem(problem);
  if (!options) return fail(ErrorCode::kNotConfigured, "records.url cannot be read by PostgreSQL's library");
  std::map<std::string, std::string> parameters = {
      {"client_encoding", "UTF8"},
      {"fallback_application_name", "hubwarden"},
      // Kerberos would look for tickets of the user who runs this.
      {"gssencmode", "disable"},
      // What a standby says is late, and it takes no changes.
      {"target_session_attrs", "read-write"}};
  for (const PQconninfoOption* each = options.get(); each->keyword != nullptr; ++each) {
    if (each->val == nullptr || kPassword == each->keyword) continue;
    parameters[each->keyword] = each->val;
  }
  PostgresAddress address;
  address.shown_ = server_of(parameters);
  address.parameters_.assign(parameters.begin(), parameters.end());
  address.password_ = std::move(password);
  return address;
}

}  // namespace hubwarden::store
