#pragma once

// One request whose answer is streamed: HTTP/1.1 on a connection that is its own until the answer is over.
//
//   StreamedExchange exchange(loop, std::move(parts));
//   const Result<> ran = co_await exchange.run();          // until the answer's head
//   const Result<std::size_t> got = co_await exchange.read(into);
//
// libcurl makes the connection alone (docs/decisions/006-outbound-http.md). Nothing is read ahead of whoever
// reads, but the first piece. Belongs to its loop's thread. Dropping it before the answer's end closes the
// connection.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/admission.h"
#include "http/answer_head.h"
#include "http/client.h"
#include "http/curl_link.h"
#include "http/curl_loop.h"
#include "http/read_buffer.h"
#include "http/url.h"
#include "wire/http1_chunks.h"

namespace hubwarden::http {

class StreamedExchange {
 public:
  using Point = CurlLink::Point;

  struct Parts {
    Parts(ClientRequest request_, Url url_) : request(std::move(request_)), url(std::move(url_)) {}
    ClientRequest request;
    Url url;
    Admission::Place place;
    Point head_deadline = Point::max();
    Point deadline = Point::max();
  };

  // Whether a request is for here: a streamed answer as it comes, a short body that is at hand, and a
  // connection to the server itself (a proxy for http wants another kind of request).
  static bool takes(const ClientRequest& request, const Url& url, const CurlOptions& options);
  // What the kernel takes at once, so that nobody waits for a server that answers before it reads.
  static constexpr std::size_t kMaxBody = 64 << 10;

  // The request's fields are checked.
  StreamedExchange(std::shared_ptr<CurlLoop> loop, Parts parts);
  ~StreamedExchange();
  StreamedExchange(const StreamedExchange&) = delete;
  StreamedExchange& operator=(const StreamedExchange&) = delete;

  Task<Result<>> run();
  // After run(): status and fields.
  ClientResponse take_answer();
  // The body, as it comes; 0 is its end.
  Task<Result<std::size_t>> read(std::span<char> into);
  std::optional<std::uint64_t> length() const { return length_; }

  // For the loop.
  void abort(Error error);

 private:
  enum class Framing { kNone, kLength, kChunks, kUntilClose };

  // An attempt on a connection that was used before may find it dead, with nothing said.
  struct Attempt {
    Attempt(Result<> result_, bool found_dead_) : result(std::move(result_)), found_dead(found_dead_) {}
    Result<> result;
    bool found_dead;
  };

  Task<Result<>> connect();
  Task<Attempt> attempt();
  CURLcode take_in(CurlLink::Got got);
  Result<> take_lines();
  Result<> read_framing();
  Result<> ended_early() const;
  Task<Result<std::size_t>> at_end() const;
  Task<Result<std::size_t>> read_plain(std::span<char> into);
  Task<Result<std::size_t>> read_chunks(std::span<char> into);
  void end_answer();

  Point soon(Point deadline) const;
  std::unexpected<Error> failed(Error error);
  Error lost(CURLcode code) const;
  Error broken(const std::string& what) const;

  std::shared_ptr<CurlLoop> loop_;
  Parts parts_;
  std::string origin_;
  std::string message_;  // the whole request; it holds the credential, and is wiped
  std::unique_ptr<CurlLink> link_;
  bool maybe_sent_ = false;
  bool is_sent_whole_ = false;

  ReadBuffer buffer_;
  AnswerHead head_;
  Framing framing_ = Framing::kNone;
  bool stays_open_ = false;
  std::optional<std::uint64_t> length_;
  std::uint64_t left_ = 0;  // of a body of known length
  wire::ChunkDecoder chunks_;
  bool is_over_ = false;
  std::optional<Error> failure_;
};

}  // namespace hubwarden::http
