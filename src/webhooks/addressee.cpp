#include "webhooks/addressee.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "base/text.h"

namespace hubwarden::webhooks {
namespace {

using tokens::AppRef;

std::vector<AppRef> those(const std::vector<AppRef>& apps, const std::function<bool(const AppRef&)>& fits) {
  std::vector<AppRef> chosen;
  std::ranges::copy_if(apps, std::back_inserter(chosen), fits);
  return chosen;
}

bool is_number(const AppRef& app) {
  return std::ranges::all_of(app.app(), is_digit);
}

}  // namespace

std::vector<AppRef> candidates(const std::vector<AppRef>& apps, const Addressee& addressee) {
  std::vector<AppRef> left = apps;
  const std::vector<AppRef> here =
      those(left, [host = lower(addressee.host)](const AppRef& app) { return app.host() == host; });
  if (!here.empty()) left = here;

  if (addressee.client_id) {
    std::vector<AppRef> named =
        those(left, [&](const AppRef& app) { return app.app() == *addressee.client_id; });
    if (!named.empty()) return named;
  }
  if (!addressee.app_id) return left;
  const std::string number = std::to_string(*addressee.app_id);
  std::vector<AppRef> numbered = those(left, [&](const AppRef& app) { return app.app() == number; });
  if (!numbered.empty()) return numbered;
  // One that is configured by its client id may have this number; one by another number has not.
  return those(left, [](const AppRef& app) { return !is_number(app); });
}

}  // namespace hubwarden::webhooks
