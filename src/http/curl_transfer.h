#pragma once

// One request on its way, and its answer: a libcurl easy handle, its callbacks, and the coroutine that waits
// for it.
//
// libcurl's callbacks only fill and empty buffers and ring the alarm; the coroutine does the rest, outside of
// libcurl. Belongs to its loop's thread. Dropping it ends the transfer and closes its connection.

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "http/admission.h"
#include "http/alarm.h"
#include "http/answer_head.h"
#include "http/byte_queue.h"
#include "http/client.h"
#include "http/curl_loop.h"
#include "http/request_lines.h"
#include "http/url.h"

namespace hubwarden::http {

class CurlTransfer {
 public:
  struct Parts {
    Parts(ClientRequest request_, Url url_, RequestLines lines_)
        : request(std::move(request_)), url(std::move(url_)), lines(std::move(lines_)) {}
    ClientRequest request;
    Url url;
    RequestLines lines;
    Admission::Place place;
    std::chrono::milliseconds timeout = kNoTimeout;       // from run(), for the whole exchange
    std::chrono::milliseconds head_timeout = kNoTimeout;  // from run(), for the answer's head
  };
  static constexpr auto kNoTimeout = std::chrono::milliseconds::max();

  CurlTransfer(std::shared_ptr<CurlLoop> loop, Parts parts);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // Starts, sends the body, and waits for the whole answer, or for its head alone when it is to be streamed.
  Task<Result<>> run();

  // After run(). The body stays empty for a streamed answer.
  ClientResponse take_answer();
  // Waits for a piece of a streamed answer; 0 is its end.
  Task<Result<std::size_t>> read(std::span<char> into);
  std::optional<std::uint64_t> length() const { return length_; }

  // For the loop.
  CURL* easy() { return easy_.get(); }
  void finish(CURLcode code);
  // From outside of libcurl's callbacks.
  void abort(Error error);

 private:
  struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };

  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_upload(char* bytes, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_send(void* self, char* ip, char* local_ip, int port, int local_port);

  void configure();
  void configure_body();
  void configure_way();
  bool settled() const;
  bool wants_upload() const;
  Task<> upload_piece();
  void head_done();
  Alarm::Point head_deadline() const;
  void close();
  std::string host() const { return parts_.url.authority(); }
  Error broken(const std::string& what) const;
  Error too_long() const;

  std::shared_ptr<CurlLoop> loop_;
  Parts parts_;
  std::unique_ptr<CURL, EasyDeleter> easy_;
  Alarm changed_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};

  BodySource* source_ = nullptr;  // in parts_.request.body; none when there is nothing (more) to upload
  std::optional<std::uint64_t> source_left_;
  ByteQueue upload_;
  bool upload_paused_ = false;
  bool upload_ended_ = false;

  AnswerHead head_;
  std::string body_;
  ByteQueue download_;
  bool download_paused_ = false;
  std::optional<std::uint64_t> length_;

  std::chrono::steady_clock::time_point started_;
  bool met_private_address_ = false;
  int attempts_ = 0;  // how often libcurl was about to send
  bool done_ = false;
  std::optional<Error> failure_;
};

}  // namespace hubwarden::http
