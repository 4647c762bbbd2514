#include "delivery/webhook/webhook_routes.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "delivery/error_answer.h"
#include "http/call_context.h"

namespace hubwarden::delivery {
namespace {

using github::WebhookEvent;
using webhooks::Delivery;
using webhooks::Outcome;

constexpr std::size_t kPiece = 16 * 1024;
constexpr std::size_t kMaxDeliveryId = 64;  // a UUID has 36 characters

std::string_view field(const http::Request& request, std::string_view name) {
  return request.fields().find(name).value_or("");
}

bool is_json(std::string_view content_type) {
  return equal_ignoring_case(trim(content_type.substr(0, content_type.find(';'))), "application/json");
}

bool is_delivery_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxDeliveryId &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-'; });
}

// The number is an App's only where GitHub says that the webhook is one's; a repository's webhook has its
// own.
webhooks::Addressee addressee_of(const http::Request& request) {
  webhooks::Addressee addressee;
  addressee.host = std::string(field(request, "X-GitHub-Enterprise-Host"));
  if (field(request, "X-GitHub-Hook-Installation-Target-Type") == "integration") {
    addressee.app_id = parse_number<std::uint64_t>(field(request, "X-GitHub-Hook-Installation-Target-ID"));
  }
  return addressee;
}

Delivery delivery_of(const http::Request& request) {
  const std::string_view id = field(request, "X-GitHub-Delivery");
  Delivery delivery(is_delivery_id(id) ? std::string(id) : "", addressee_of(request),
                    webhooks::Source::kWebhook);
  delivery.request_id = std::string(request.id());
  delivery.trace = http::trace_of(request);
  return delivery;
}

Result<> check_form(const http::Request& request, const Delivery& delivery) {
  if (field(request, "X-GitHub-Event").empty()) {
    return fail(ErrorCode::kInvalidRequest, "the delivery has no X-GitHub-Event");
  }
  if (delivery.id.empty()) {
    return fail(ErrorCode::kInvalidRequest, "the delivery has no usable X-GitHub-Delivery");
  }
  if (!is_json(field(request, "Content-Type"))) {
    return fail(ErrorCode::kUnsupportedMediaType, "the webhook's content type must be application/json");
  }
  return {};
}

http::Response answer(Outcome outcome) {
  std::string body = R"({"outcome":")" + std::string(to_string(outcome)) + "\"}\n";
  const int status = outcome == Outcome::kHandled ? 200 : 202;
  return {status, "application/json", std::move(body)};
}

}  // namespace

// A body that is kept until its signature is known, accounted for with all others. The account is shared: a
// request that is cut when the loops end goes after its routes.
class WebhookRoutes::KeptBody {
 public:
  KeptBody(std::shared_ptr<std::atomic<std::size_t>> all, std::size_t most)
      : all_(std::move(all)), most_(most) {}
  ~KeptBody() { all_->fetch_sub(counted_); }
  KeptBody(const KeptBody&) = delete;
  KeptBody& operator=(const KeptBody&) = delete;

  // False when there is no room for it.
  bool add(std::string_view piece) {
    counted_ += piece.size();
    if (all_->fetch_add(piece.size()) + piece.size() > most_) return false;
    text_.append(piece);
    return true;
  }
  const std::string& text() const { return text_; }

 private:
  const std::shared_ptr<std::atomic<std::size_t>> all_;
  const std::size_t most_;
  std::size_t counted_ = 0;
  std::string text_;
};

http::Reply WebhookRoutes::receive(http::Request& request) {
  if (secrets_.empty()) {
    const Error error(ErrorCode::kNotConfigured, "no secret for webhooks is configured (webhooks.secret)");
    return error_answer(error, request.id());
  }
  Result<webhooks::SignatureCheck> check =
      webhooks::SignatureCheck::begin(secrets_, request.fields().find("X-Hub-Signature-256"));
  if (check) return receive_it(request, std::move(*check));
  const WebhookEvent event = github::webhook_event(field(request, "X-GitHub-Event"));
  return refuse(request, delivery_of(request), event, check.error());
}

http::Task<http::Response> WebhookRoutes::receive_it(http::Request& request, webhooks::SignatureCheck check) {
  Delivery delivery = delivery_of(request);
  const WebhookEvent event = github::webhook_event(field(request, "X-GitHub-Event"));
  KeptBody body(kept_, max_kept_);
  KeptBody* const kept = github::concerns_us(event) ? &body : nullptr;
  const Result<> whole = co_await read(request, check, kept);
  if (!whole) co_return turn_away(request, delivery, event, whole.error());
  if (!check.holds()) {
    const Error error(ErrorCode::kUnauthenticated, "the delivery is not signed with a secret of this server");
    co_return refuse(request, delivery, event, error);
  }
  const Result<> good_form = check_form(request, delivery);
  if (!good_form) co_return turn_away(request, delivery, event, good_form.error());
  Result<github::Webhook> webhook;
  if (github::concerns_us(event)) webhook = github::read_webhook(event, body.text());
  if (!webhook) co_return turn_away(request, delivery, event, webhook.error());
  const Outcome outcome = co_await intake_.take(std::move(delivery), std::move(*webhook));
  co_return answer(outcome);
}

http::Task<Result<>> WebhookRoutes::read(http::Request& request, webhooks::SignatureCheck& check,
                                         KeptBody* kept) {
  request.set_body_limit(kMaxBody);
  http::BodySource& body = request.body();
  std::array<char, kPiece> piece{};
  for (;;) {
    const Result<std::size_t> got = co_await body.read(piece);
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) co_return Result<>();
    const std::string_view bytes(piece.data(), *got);
    check.add(bytes);
    if (kept != nullptr && !kept->add(bytes)) {
      co_return fail(ErrorCode::kUnavailable, "too many webhooks at a time");
    }
  }
}

http::Response WebhookRoutes::turn_away(const http::Request& request, const Delivery& delivery,
                                        WebhookEvent event, const Error& error) {
  intake_.turn_away(delivery, event, Outcome::kMalformed, error.message());
  return error_answer(error, request.id());
}

// Anybody can send what is not signed: beyond the rate of its address it is the throttle's to tell of.
http::Response WebhookRoutes::refuse(const http::Request& request, const Delivery& delivery,
                                     WebhookEvent event, const Error& error) {
  const Error told = throttle_.refused(request, error);
  if (told.code() == error.code()) intake_.turn_away(delivery, event, Outcome::kRefused, error.message());
  return error_answer(told, request.id());
}

}  // namespace hubwarden::delivery
