#include "jwt/attributes.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <string>
#include <string_view>

namespace hubwarden::jwt {
namespace {

namespace bj = boost::json;
using policy::Attributes;

constexpr std::string_view kChecked[] = {"iss", "sub", "aud", "exp", "nbf", "iat", "jti"};
constexpr std::string_view kOurs[] = {"issuer", "subject"};
constexpr std::string_view kKubernetes = "kubernetes.io";

// Where Kubernetes says it: a member of kubernetes.io, and a member of that (none: the text itself).
struct Place {
  std::string_view attribute, member, inner;
};
constexpr std::array<Place, 7> kPlaces = {{{"namespace", "namespace", ""},
                                           {"service_account", "serviceaccount", "name"},
                                           {"service_account_uid", "serviceaccount", "uid"},
                                           {"pod", "pod", "name"},
                                           {"pod_uid", "pod", "uid"},
                                           {"node", "node", "name"},
                                           {"node_uid", "node", "uid"}}};

bool is_one_of(std::string_view name, const auto& names) {
  return std::ranges::find(names, name) != std::end(names);
}

void add_value(Attributes& attributes, const std::string& name, const bj::value& value) {
  if (const bj::string* const text = value.if_string()) {
    attributes.add(name, std::string_view(*text));
  } else if (const std::int64_t* const number = value.if_int64()) {
    attributes.add(name, std::to_string(*number));
  } else if (const std::uint64_t* const large = value.if_uint64()) {
    attributes.add(name, std::to_string(*large));
  } else if (const bool* const flag = value.if_bool()) {
    attributes.add(name, *flag ? "true" : "false");
  }
}

// The parser has bounded the depth.
void add(Attributes& attributes, const std::string& name, const bj::value& value) {
  if (const bj::object* const object = value.if_object()) {
    for (const auto& member : *object)
      add(attributes, name + "." + std::string(member.key()), member.value());
  } else if (const bj::array* const list = value.if_array()) {
    for (const bj::value& each : *list) add_value(attributes, name, each);
  } else {
    add_value(attributes, name, value);
  }
}

const bj::value* found_at(const bj::object& kubernetes, const Place& place) {
  const bj::value* const member = kubernetes.if_contains(place.member);
  if (member == nullptr || place.inner.empty()) return member;
  const bj::object* const inner = member->if_object();
  return inner != nullptr ? inner->if_contains(place.inner) : nullptr;
}

void add_kubernetes(Attributes& attributes, const bj::object& kubernetes) {
  for (const Place& place : kPlaces) {
    const bj::value* const value = found_at(kubernetes, place);
    if (value != nullptr) add_value(attributes, std::string(place.attribute), *value);
  }
}

const bj::object* kubernetes_in(const bj::object& claims) {
  const bj::value* const value = claims.if_contains(kKubernetes);
  return value != nullptr ? value->if_object() : nullptr;
}

}  // namespace

Attributes attributes_of(const VerifiedJwt& jwt) {
  Attributes attributes;
  attributes.add("subject", jwt.subject());
  const bj::object* const kubernetes = kubernetes_in(jwt.claims());
  if (kubernetes != nullptr) add_kubernetes(attributes, *kubernetes);
  for (const auto& claim : jwt.claims()) {
    const std::string_view name = claim.key();
    const bool is_kubernetes = std::ranges::find(kPlaces, name, &Place::attribute) != kPlaces.end();
    const bool is_left_out = is_one_of(name, kChecked) || is_one_of(name, kOurs) ||
                             (kubernetes != nullptr && (is_kubernetes || name == kKubernetes));
    // "a.b" is a member of `a` where there is one.
    const std::size_t dot = name.find('.');
    const bool is_ambiguous = dot != std::string_view::npos && jwt.claims().contains(name.substr(0, dot));
    if (!is_left_out && !is_ambiguous) add(attributes, std::string(name), claim.value());
  }
  return attributes;
}

}  // namespace hubwarden::jwt
