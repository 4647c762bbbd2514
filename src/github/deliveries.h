#pragma once

// The list that GitHub keeps of an App's webhook deliveries, read. Pure. `upstream_protocol` for what is not
// as GitHub promises. Source: GitHub's REST API, "List deliveries for an app webhook"; docs/github-facts.md,
// §7.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "github/webhook.h"

namespace hubwarden::github {

// One attempt at a delivery. The GUID names the event: a second attempt has it, too.
struct DeliveryItem {
  DeliveryItem(std::uint64_t id_, std::string guid_, TimePoint delivered_at_)
      : id(id_), guid(std::move(guid_)), delivered_at(delivered_at_) {}

  std::uint64_t id;
  std::string guid;
  TimePoint delivered_at;
  WebhookEvent event = WebhookEvent::kOther;
  bool succeeded = false;  // whoever was asked answered with 2xx
};

struct DeliveryPage {
  DeliveryPage() = default;

  std::vector<DeliveryItem> items;  // newest first
  std::string next;                 // cursor of the page with older ones; empty on the last
};

// `link` is the answer's Link field.
Result<DeliveryPage> read_deliveries(std::string_view body, std::string_view link);

// The payload of one delivery as its webhook would have brought it; `event` from the list.
Result<Webhook> read_delivery(WebhookEvent event, std::string_view body);

}  // namespace hubwarden::github
