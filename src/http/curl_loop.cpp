#include "http/curl_loop.h"

#include <utility>
#include <vector>

#include "base/check.h"
#include "http/curl_memory.h"
#include "http/curl_transfer.h"
#include "http/streamed_exchange.h"

namespace hubwarden::http {
namespace {

void finish(CURL* easy, CURLcode code) {
  char* owner = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
  reinterpret_cast<CurlTransfer*>(owner)->finish(code);
}

Error shutting_down() {
  return Error(ErrorCode::kUnavailable, "hubwarden is shutting down");
}

}  // namespace

CurlLoop::CurlLoop(net::Executor executor, std::shared_ptr<const CurlOptions> options)
    : executor_(executor),
      options_(std::move(options)),
      admission_(executor, {options_->max_transfers, options_->max_waiting}),
      multi_(std::make_shared<CurlMulti>(executor, finish)),
      links_(options_->max_transfers) {
  share_.reset(curl_share_init());
  HW_CHECK(share_);
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  // Busy ones count too: fewer than there may be transfers would close what is about to be used again.
  curl_multi_setopt(multi_->handle(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_->max_transfers));
}

CurlLoop::~CurlLoop() {
  HW_CHECK(transfers_.empty() && exchanges_.empty());
  links_.clear();
}

void CurlLoop::start(CurlTransfer& transfer) {
  multi_->add(transfer.easy());
  transfers_.insert(&transfer);
}

void CurlLoop::remove(CurlTransfer& transfer) {
  if (transfers_.erase(&transfer) > 0) multi_->remove(transfer.easy());
}

void CurlLoop::resume(CurlTransfer& transfer) {
  if (!transfers_.contains(&transfer)) return;
  // What was held back is delivered now, and may turn out not to be what it should.
  const CURLcode code = curl_easy_pause(transfer.easy(), CURLPAUSE_CONT);
  if (code != CURLE_OK) transfer.finish(code);
  multi_->collect();
}

net::Task<> CurlLoop::stop(Admission::Point until) {
  admission_.close();
  net::Task<> emptied = admission_.emptied(until);
  co_await std::move(emptied);
  links_.close();
  const std::vector<CurlTransfer*> left(transfers_.begin(), transfers_.end());
  for (CurlTransfer* transfer : left) transfer->abort(shutting_down());
  const std::vector<StreamedExchange*> streaming(exchanges_.begin(), exchanges_.end());
  for (StreamedExchange* exchange : streaming) exchange->abort(shutting_down());
}

}  // namespace hubwarden::http
