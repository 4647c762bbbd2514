#include "apps/hubwarden/outbound_client.h"

#include <string>

namespace hubwarden::apps {
namespace {

using std::chrono::milliseconds;

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ",") + text;
  return out;
}

}  // namespace

http::CurlOptions client_options(const config::Outbound& outbound) {
  http::CurlOptions options;
  options.tls.ca_file = outbound.ca_file;
  if (outbound.proxy) {
    options.proxy.https = outbound.proxy->clone();
    options.proxy.http = outbound.proxy->clone();
  }
  options.proxy.no_proxy = joined(outbound.no_proxy);
  options.connect_timeout = std::chrono::duration_cast<milliseconds>(outbound.connect_timeout);
  return options;
}

std::vector<net::Executor> executors(const net::Loops& loops) {
  std::vector<net::Executor> all;
  for (std::size_t i = 0; i < loops.size(); ++i) all.push_back(loops.executor(i));
  return all;
}

}  // namespace hubwarden::apps
