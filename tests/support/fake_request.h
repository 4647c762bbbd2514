#pragma once

// A request as a server would hand it to a route, without the server; and the answer, read.
//
//   FakeRequest request(http::Method::kGet, "/workspaces/agent-7/github-installation-token?min_ttl=20m");
//   request.add("Authorization", "Bearer hww_…");
//   const Answered answer(test::run(settled(routes.get_for_workspace(request, "agent-7"))));
//   EXPECT_EQ(answer.status, 200);

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "http/handler.h"

namespace hubwarden::testing {

class FakeRequest final : public http::Request {
 public:
  explicit FakeRequest(http::Method method, std::string target = "/", std::string body = "")
      : method_(method), target_(std::move(target)), body_(std::move(body)) {}

  FakeRequest& add(std::string name, std::string value) {
    fields_.all.add(std::move(name), std::move(value));
    return *this;
  }
  FakeRequest& bearer(std::string_view credential) {
    return add("Authorization", "Bearer " + std::string(credential));
  }
  FakeRequest& from(std::string_view address) {  // a literal
    peer_.address = address;
    return *this;
  }

  http::Method method() const override { return method_; }
  std::string_view target() const override { return target_; }
  std::string_view path() const override { return std::string_view(target_).substr(0, target_.find('?')); }
  std::string_view query() const override {
    const std::size_t mark = target_.find('?');
    return mark == std::string::npos ? std::string_view() : std::string_view(target_).substr(mark + 1);
  }
  const http::FieldViews& fields() const override { return fields_; }
  const http::Peer& peer() const override { return peer_; }
  std::string_view id() const override { return "request-1"; }
  http::BodySource& body() override { return body_; }
  void set_body_limit(std::uint64_t) override {}

 private:
  struct Views final : http::FieldViews {
    http::Fields all;
    std::optional<std::string_view> find(std::string_view name) const override { return all.find(name); }
    std::size_t count(std::string_view name) const override {
      std::size_t count = 0;
      for (const auto& [each, value] : all) count += equal_ignoring_case(each, name) ? 1 : 0;
      return count;
    }
    void each(const std::function<void(std::string_view, std::string_view)>& visit) const override {
      for (const auto& [name, value] : all) visit(name, value);
    }
  };
  // In small pieces, as a network would bring it.
  struct Pieces final : http::BodySource {
    explicit Pieces(std::string text_) : text(std::move(text_)) {}
    http::Task<Result<std::size_t>> read(std::span<char> into) override {
      const std::size_t count = text.copy(into.data(), std::min<std::size_t>(into.size(), 4000), at);
      at += count;
      co_return count;
    }
    std::string text;
    std::size_t at = 0;
  };

  http::Method method_;
  std::string target_;
  Views fields_;
  Pieces body_;
  http::Peer peer_;
};

// What a reply comes to, at hand or not.
inline http::Task<http::Response> settled(http::Reply reply) {
  if (auto* at_hand = std::get_if<http::Response>(&reply)) co_return std::move(*at_hand);
  http::Response response = co_await std::get<http::Task<http::Response>>(std::move(reply));
  co_return response;
}

struct Answered {
  explicit Answered(const http::Response& response) : status(response.status()), fields(response.fields()) {
    if (const auto* text = std::get_if<std::string>(&response.body())) body = *text;
    if (!response.prepared()) return;
    body = response.prepared()->body();
    for (const std::string_view line : split(response.prepared()->field_lines(), '\n')) {
      const std::size_t colon = line.find(": ");
      if (colon == std::string_view::npos) continue;
      fields.add(line.substr(0, colon), line.substr(colon + 2, line.size() - colon - 3));
    }
  }

  std::string field(std::string_view name) const { return std::string(fields.find(name).value_or("")); }
  boost::json::object json() const { return boost::json::parse(body).as_object(); }
  // A member that is a string; empty when there is none.
  std::string text(std::string_view member) const {
    const boost::json::object object = json();
    const boost::json::value* const value = object.if_contains(member);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
  }

  int status;
  http::Fields fields;
  std::string body;
};

}  // namespace hubwarden::testing
