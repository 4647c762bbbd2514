#include "http/curl_client.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/check.h"
#include "http/curl_transfer.h"
#include "http/public_host.h"
#include "http/request_fields.h"
#include "http/request_lines.h"
#include "http/streamed_exchange.h"
#include "http/url.h"

namespace hubwarden::http {

namespace asio = boost::asio;

namespace {

// The body of an answer that is still arriving. Dropping it ends what brings it.
template <class Bringer>
class ArrivingBody final : public BodySource {
 public:
  explicit ArrivingBody(std::unique_ptr<Bringer> bringer) : bringer_(std::move(bringer)) {}

  Task<Result<std::size_t>> read(std::span<char> into) override { return bringer_->read(into); }
  std::optional<std::uint64_t> length() const override { return bringer_->length(); }

 private:
  std::unique_ptr<Bringer> bringer_;
};

std::chrono::milliseconds time_left(SteadyPoint deadline, const Clock& clock) {
  if (deadline == SteadyPoint::max()) return CurlTransfer::kNoTimeout;
  return std::chrono::floor<std::chrono::milliseconds>(deadline - clock.steady_now());
}

// The injected clock's deadlines, by the kernel's.
StreamedExchange::Point point_after(StreamedExchange::Point now, std::chrono::milliseconds left) {
  return left == CurlTransfer::kNoTimeout ? StreamedExchange::Point::max() : now + left;
}

Error too_late() {
  return Error(ErrorCode::kUpstreamTimeout, "the deadline passed before the request began").with_never_sent();
}

Task<Result<ClientResponse>> refused(Error error) {
  co_return std::unexpected(std::move(error).with_never_sent());
}

}  // namespace

CurlClient::CurlClient(CurlOptions options, const Clock& clock, const std::vector<net::Executor>& loops)
    : options_(std::make_shared<const CurlOptions>(std::move(options))), clock_(clock) {
  for (const net::Executor& loop : loops) loops_.push_back(std::make_shared<CurlLoop>(loop, options_));
}

CurlClient::~CurlClient() = default;

Task<Result<ClientResponse>> CurlClient::send(ClientRequest request) {
  Result<Url> url = Url::parse(request.url);
  if (!url) return refused(std::move(url.error()));
  const Result<> allowed = check_fields(request);
  if (!allowed) return refused(allowed.error());
  const bool leads_inwards =
      request.public_only && goes_through_proxy(options_->proxy, *url) && !may_be_public(url->host());
  if (leads_inwards) return refused(not_public(url->authority()));
  return StreamedExchange::takes(request, *url, *options_) ? exchange(std::move(request), std::move(*url))
                                                           : transfer(std::move(request), std::move(*url));
}

// The caller's loop, with a place among the requests that it has under way.
Task<Result<CurlClient::Entered>> CurlClient::enter(SteadyPoint deadline) {
  const net::Executor executor = co_await asio::this_coro::executor;
  std::shared_ptr<CurlLoop> loop = loop_of(executor);
  const std::chrono::milliseconds patience = std::min(time_left(deadline, clock_), options_->queue_timeout);
  if (patience.count() <= 0) co_return std::unexpected(too_late());
  std::optional<Admission::Place> at_once = loop->admission().enter_at_once();
  if (at_once) co_return Entered(std::move(loop), std::move(*at_once));
  Task<Result<Admission::Place>> entering =
      loop->admission().enter(std::chrono::steady_clock::now() + patience);
  Result<Admission::Place> place = co_await std::move(entering);
  if (!place) co_return std::unexpected(std::move(place.error()).with_never_sent());
  if (time_left(deadline, clock_).count() <= 0) co_return std::unexpected(too_late());
  co_return Entered(std::move(loop), std::move(*place));
}

Task<Result<ClientResponse>> CurlClient::transfer(ClientRequest request, Url url) {
  Task<Result<Entered>> entering = enter(std::min(request.deadline, request.head_deadline));
  Result<Entered> entered = co_await std::move(entering);
  if (!entered) co_return std::unexpected(entered.error());

  const bool streams = request.stream_answer;
  RequestLines lines = RequestLines::from(request);
  CurlTransfer::Parts parts(std::move(request), std::move(url), std::move(lines));
  parts.place = std::move(entered->place);
  parts.timeout = time_left(parts.request.deadline, clock_);
  parts.head_timeout = time_left(parts.request.head_deadline, clock_);
  auto transfer = std::make_unique<CurlTransfer>(std::move(entered->loop), std::move(parts));
  Task<Result<>> running = transfer->run();
  const Result<> ran = co_await std::move(running);
  if (!ran) co_return std::unexpected(ran.error());
  ClientResponse response = transfer->take_answer();
  if (streams) response.stream = std::make_unique<ArrivingBody<CurlTransfer>>(std::move(transfer));
  co_return response;
}

Task<Result<ClientResponse>> CurlClient::exchange(ClientRequest request, Url url) {
  Task<Result<Entered>> entering = enter(std::min(request.deadline, request.head_deadline));
  Result<Entered> entered = co_await std::move(entering);
  if (!entered) co_return std::unexpected(entered.error());

  const auto now = std::chrono::steady_clock::now();
  StreamedExchange::Parts parts(std::move(request), std::move(url));
  parts.place = std::move(entered->place);
  parts.deadline = point_after(now, time_left(parts.request.deadline, clock_));
  parts.head_deadline =
      std::min(parts.deadline, point_after(now, time_left(parts.request.head_deadline, clock_)));
  auto exchange = std::make_unique<StreamedExchange>(std::move(entered->loop), std::move(parts));
  Task<Result<>> running = exchange->run();
  const Result<> ran = co_await std::move(running);
  if (!ran) co_return std::unexpected(ran.error());
  ClientResponse response = exchange->take_answer();
  response.stream = std::make_unique<ArrivingBody<StreamedExchange>>(std::move(exchange));
  co_return response;
}

Task<> CurlClient::stop(std::chrono::milliseconds grace) {
  const auto until = std::chrono::steady_clock::now() + grace;
  // All doors first: no loop takes requests while another one is still draining.
  for (const std::shared_ptr<CurlLoop>& loop : loops_) {
    asio::post(loop->executor(), [loop] { loop->admission().close(); });
  }
  for (const std::shared_ptr<CurlLoop>& loop : loops_) {
    Task<> stopping =
        asio::co_spawn(loop->executor(), loop->stop(until), asio::use_awaitable_t<net::Executor>());
    co_await std::move(stopping);
  }
}

std::shared_ptr<CurlLoop> CurlClient::loop_of(const net::Executor& executor) const {
  for (const std::shared_ptr<CurlLoop>& loop : loops_) {
    if (loop->executor() == executor) return loop;
  }
  HW_CHECK(false);  // a request from a loop that the client was not given
}

}  // namespace hubwarden::http
