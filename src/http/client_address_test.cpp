#include "http/client_address.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace hubwarden::http {
namespace {

class Forwarded final : public FieldViews {
 public:
  explicit Forwarded(std::vector<std::string> values) : values_(std::move(values)) {}
  std::optional<std::string_view> find(std::string_view) const override { return std::nullopt; }
  std::size_t count(std::string_view) const override { return values_.size(); }
  void each(const std::function<void(std::string_view, std::string_view)>& visit) const override {
    visit("X-Real-IP", "198.51.100.99");
    visit("Forwarded", "for=198.51.100.98");
    for (const std::string& value : values_) visit("x-forwarded-for", value);
  }

 private:
  std::vector<std::string> values_;
};

TrustedProxies proxies(std::vector<std::string> texts) {
  return *TrustedProxies::parse(texts);
}

TEST(TrustedProxies, BelievesNobodyByDefault) {
  const TrustedProxies none;
  EXPECT_EQ(none.client_of("192.0.2.1", Forwarded({"198.51.100.7"})), "192.0.2.1");
  EXPECT_EQ(none.client_of("unix", Forwarded({"198.51.100.7"})), "unix");
  EXPECT_FALSE(none.trusts("127.0.0.1"));
}

TEST(TrustedProxies, TakesTheLastAddressThatIsNoTrustedProxys) {
  const TrustedProxies trusted = proxies({"10.0.0.0/8", "fd00::/8", "192.0.2.1"});
  struct Case {
    std::string peer;
    std::vector<std::string> fields;
    std::string client;
  };
  const Case cases[] = {
      {"10.1.2.3", {"198.51.100.7"}, "198.51.100.7"},
      {"10.1.2.3", {"203.0.113.1, 198.51.100.7"}, "198.51.100.7"},
      {"10.1.2.3", {"203.0.113.1, 198.51.100.7, 10.9.9.9,192.0.2.1"}, "198.51.100.7"},
      {"10.1.2.3", {"203.0.113.1", "198.51.100.7"}, "198.51.100.7"},
      {"10.1.2.3", {"10.0.0.1, 10.0.0.2"}, "10.0.0.1"},
      {"10.1.2.3", {}, "10.1.2.3"},
      {"10.1.2.3", {"198.51.100.7:4711"}, "198.51.100.7"},
      {"10.1.2.3", {"[2001:db8:1:2:3::4]:4711"}, "2001:db8:1:2::/64"},
      {"fd00::1", {"2001:db8:1:2::9"}, "2001:db8:1:2::/64"},
      {"::ffff:10.1.2.3", {"198.51.100.7"}, "198.51.100.7"},
      {"192.0.2.2", {"198.51.100.7"}, "192.0.2.2"},
      {"11.0.0.1", {"198.51.100.7"}, "11.0.0.1"},
      {"2001:db8::1", {"198.51.100.7"}, "2001:db8::/64"},
      // What is no address ends the chain where it stands: nothing to its left is believed.
      {"10.1.2.3", {"198.51.100.7, unknown"}, "10.1.2.3"},
      {"10.1.2.3", {"198.51.100.7, _hidden, 10.2.2.2"}, "10.2.2.2"},
      {"10.1.2.3", {""}, "10.1.2.3"},
      {"10.1.2.3", {"[", ""}, "10.1.2.3"},
      {"10.1.2.3", {std::string(200, '1')}, "10.1.2.3"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(trusted.client_of(each.peer, Forwarded(each.fields)), each.client)
        << each.peer << " " << (each.fields.empty() ? "" : each.fields.front());
  }
}

TEST(TrustedProxies, BelievesAUnixSocketsPeerWhenTold) {
  const TrustedProxies trusted = proxies({"unix"});
  EXPECT_EQ(trusted.client_of("unix", Forwarded({"198.51.100.7"})), "198.51.100.7");
  EXPECT_EQ(trusted.client_of("unix", Forwarded({})), "unix");
  EXPECT_EQ(trusted.client_of("10.0.0.1", Forwarded({"198.51.100.7"})), "10.0.0.1");
}

TEST(TrustedProxies, RefusesWhatIsNoNetwork) {
  for (const char* text : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "fd00::/129", "localhost",
                           "10.0.0.0/-1", "10.0.0.0/8/8", "Unix", "::1%lo"}) {
    const std::vector<std::string> texts = {text};
    EXPECT_FALSE(TrustedProxies::parse(texts)) << text;
  }
  for (const char* text : {"0.0.0.0/0", "::/0", "10.1.2.3", "::1", "fd00::/7", "10.0.0.0/31"}) {
    const std::vector<std::string> texts = {text};
    EXPECT_TRUE(TrustedProxies::parse(texts)) << text;
  }
}

TEST(TrustedProxies, HoldsNetworksToTheBit) {
  const TrustedProxies trusted = proxies({"192.0.2.64/26"});
  EXPECT_TRUE(trusted.trusts("192.0.2.64"));
  EXPECT_TRUE(trusted.trusts("192.0.2.127"));
  EXPECT_FALSE(trusted.trusts("192.0.2.63"));
  EXPECT_FALSE(trusted.trusts("192.0.2.128"));
  EXPECT_TRUE(proxies({"0.0.0.0/0"}).trusts("203.0.113.9"));
  EXPECT_FALSE(proxies({"0.0.0.0/0"}).trusts("2001:db8::1"));
}

}  // namespace
}  // namespace hubwarden::http
