#pragma once

// POST /webhooks/github: GitHub's news, believed only when they are signed. Source: docs/webhooks.md.
//
// Nothing of a delivery is parsed before its signature has been checked over its bytes, and only of those
// that concern hubwarden the bytes are kept that long. No request to GitHub is made.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "delivery/throttle.h"
#include "http/handler.h"
#include "webhooks/intake.h"
#include "webhooks/signature.h"

namespace hubwarden::delivery {

class WebhookRoutes {
 public:
  // GitHub sends no payload above 25 MB.
  static constexpr std::uint64_t kMaxBody = 25 << 20;
  // Of all bodies that are kept until their signature is known: whoever has no secret fills no more.
  static constexpr std::size_t kMaxKept = 128 << 20;

  // Without a secret the route answers `not_configured`. `intake` and `throttle` outlive it.
  WebhookRoutes(webhooks::Intake& intake, Throttle& throttle, webhooks::WebhookSecrets secrets,
                std::size_t max_kept = kMaxKept)
      : intake_(intake), throttle_(throttle), secrets_(std::move(secrets)), max_kept_(max_kept) {}

  http::Reply receive(http::Request& request);

 private:
  class KeptBody;

  http::Task<http::Response> receive_it(http::Request& request, webhooks::SignatureCheck check);
  static http::Task<Result<>> read(http::Request& request, webhooks::SignatureCheck& check, KeptBody* kept);
  http::Response turn_away(const http::Request& request, const webhooks::Delivery& delivery,
                           github::WebhookEvent event, const Error& error);
  http::Response refuse(const http::Request& request, const webhooks::Delivery& delivery,
                        github::WebhookEvent event, const Error& error);

  webhooks::Intake& intake_;
  Throttle& throttle_;
  const webhooks::WebhookSecrets secrets_;
  const std::size_t max_kept_;
  const std::shared_ptr<std::atomic<std::size_t>> kept_ = std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace hubwarden::delivery
