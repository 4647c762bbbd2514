#pragma once

// What a caller asks of GitHub, read and put in its place: from here on nothing of it is looked at again.
//
//   Result<OperationCall> call = OperationCall::read(named, repository, params, request.query());
//   call->target();                                     // "/repos/acme/widgets/issues?state=all&page=2"
//   call->body();                                       // R"({"title":"…"})"
//
// Owner and repository come from the handle, never from the caller. A short name's parameters stand side by
// side; for all other operations `params` has the path's parameters by name, and `query` and `body`, objects.
// Pure. Source: docs/operations-on-github.md.

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "catalogue/names.h"
#include "crypto/digest.h"
#include "policy/names.h"

namespace hubwarden::delivery {

class OperationCall {
 public:
  // Of target(): servers commonly refuse request lines of more than 8 KiB.
  static constexpr std::size_t kMaxTarget = 7 * 1024;

  // `page` is the query of the request's own address: where a link of the answer before led to. What it names
  // goes before the same in `params`. `invalid_request`, naming what is wrong; `operation_not_allowed` for
  // what cannot be asked in this way at all (uploads).
  static Result<OperationCall> read(const catalogue::Named& named, const policy::Repository& repository,
                                    const boost::json::object& params, std::string_view page);

  const catalogue::Named& named() const { return named_; }
  const catalogue::Operation& operation() const { return named_.operation; }
  const policy::Repository& repository() const { return repository_; }
  const std::string& target() const { return target_; }  // below the API, encoded
  const std::string& body() const { return body_; }      // JSON, or empty
  // The very request, whoever writes it: what GitHub would be asked.
  crypto::Digest digest() const;
  // GitHub must know this number as a pull request before the call is made.
  std::optional<std::int64_t> pull_request() const { return pull_request_; }

 private:
  OperationCall(const catalogue::Named& named, policy::Repository repository)
      : named_(named), repository_(std::move(repository)) {}

  catalogue::Named named_;
  policy::Repository repository_;
  std::string target_;
  std::string body_;
  std::optional<std::int64_t> pull_request_;
};

}  // namespace hubwarden::delivery
