// Webhooks: the signature's field, the event's name and payload, and GitHub's list of deliveries.

#include "github/webhook.h"

#include "base/check.h"
#include "fuzz/target.h"
#include "github/deliveries.h"
#include "webhooks/signature.h"

namespace hubwarden::fuzz {
namespace {

// Whatever is claimed and sent, it was not signed with this.
void check_signature(std::string_view field, std::string_view body) {
  const webhooks::WebhookSecrets secrets = {SharedSecret("a secret that nobody knows")};
  auto check = webhooks::SignatureCheck::begin(secrets, field);
  if (!check) return;
  check->add(body);
  HW_CHECK(!check->holds());
}

}  // namespace

// The signature's field, the event's name and the payload, with NUL between them.
void target(std::string_view bytes) {
  const std::string_view field = take_text(bytes);
  const github::WebhookEvent event = github::webhook_event(take_text(bytes));
  check_signature(field, bytes);
  for (const auto& webhook : {github::read_webhook(event, bytes), github::read_delivery(event, bytes)}) {
    if (webhook && !github::concerns_us(event))
      HW_CHECK(std::holds_alternative<github::NoChange>(webhook->change));
  }
  const auto page = github::read_deliveries(bytes, field);
  HW_CHECK(!page || page->next.find_first_of("\r\n") == std::string::npos);
}

}  // namespace hubwarden::fuzz
