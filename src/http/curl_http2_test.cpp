// HTTP/2, with nginx on the other side.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <set>

#include "http/curl_client.h"
#include "http/curl_fixture.h"
#include "http/test_certificates.h"

namespace hubwarden::http {
namespace {

using namespace std::chrono_literals;
using testing::TestAuthority;

constexpr const char* kNginx = "/usr/sbin/nginx";

// Answers every request with its protocol and the number of its connection.
class Nginx {
 public:
  explicit Nginx(const TestAuthority& authority)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    HW_CHECK(::bind(listener_, any, size) == 0 && ::listen(listener_, 64) == 0);
    HW_CHECK(::getsockname(listener_, any, &size) == 0);
    port_ = std::to_string(ntohs(address.sin_port));
    const std::string config = write_config(authority);
    // It takes the socket over that listens already: no port to guess, nothing to wait for.
    std::string inherited = "NGINX=" + std::to_string(listener_) + ";";
    const std::string log = authority.folder() + "/log";
    std::array<const char*, 6> arguments = {kNginx, "-c", config.c_str(), "-e", log.c_str(), nullptr};
    std::array<char*, 2> environment = {inherited.data(), nullptr};
    HW_CHECK(posix_spawn(&process_, kNginx, nullptr, nullptr, const_cast<char**>(arguments.data()),
                         environment.data()) == 0);
  }
  ~Nginx() {
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
    ::close(listener_);
  }
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  std::string url(std::string_view path) const { return "https://localhost:" + port_ + std::string(path); }

 private:
  std::string write_config(const TestAuthority& authority) const {
    const std::string& folder = authority.folder();
    const std::string server = authority.write_server_file();
    const std::string path = folder + "/nginx.conf";
    std::ofstream out(path);
    out << "daemon off; pid " << folder << "/pid; error_log " << folder << "/log;\n"
        << "events {}\nhttp {\n  access_log off;\n";
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
      out << "  " << kind << "_temp_path " << folder << "/" << kind << ";\n";
    }
    out << "  server {\n    listen 127.0.0.1:" << port_ << " ssl http2;\n"
        << "    ssl_certificate " << server << ";\n    ssl_certificate_key " << server << ";\n"
        << "    location / { return 200 \"$server_protocol $connection\"; }\n  }\n}\n";
    return path;
  }

  int listener_;
  std::string port_;
  pid_t process_ = 0;
};

class CurlHttp2Test : public testing::CurlFixture {
 protected:
  void SetUp() override {
    if (::access(kNginx, X_OK) != 0) GTEST_SKIP() << "nginx is not installed";
    nginx.emplace(authority);
    options.tls.ca_file = authority.file();
  }

  TestAuthority authority;
  std::optional<Nginx> nginx;
};

TEST_F(CurlHttp2Test, SharesOneConnectionBetweenManyRequests) {
  std::array<std::optional<Result<ClientResponse>>, 100> got;
  for (auto& one : got) {
    // Without a body: nginx answers before it has read one, and resets the stream, which libcurl 7.88 takes
    // for a failure.
    ClientRequest request(Method::kGet, nginx->url("/"));
    request.deadline = clock.steady_now() + 20s;
    spawn(client().send(std::move(request)), one);
  }
  run_until([&got] {
    return std::all_of(got.begin(), got.end(), [](const auto& one) { return one.has_value(); });
  });
  std::set<std::string> bodies;
  for (const auto& one : got) {
    ASSERT_TRUE(*one) << (*one).error().message() << (*one).error().detail();
    bodies.insert((*one)->body);
  }
  ASSERT_EQ(bodies.size(), 1u);
  EXPECT_TRUE(bodies.begin()->starts_with("HTTP/2.0 ")) << *bodies.begin();
}

TEST_F(CurlHttp2Test, StreamsOnAConnectionOfItsOwn) {
  const Result<ClientResponse> whole = get(nginx->url("/"));
  ASSERT_TRUE(whole) << whole.error().message();
  ClientRequest request(Method::kGet, nginx->url("/"));
  request.stream_answer = true;
  const Result<ClientResponse> streamed = send(std::move(request));
  ASSERT_TRUE(streamed) << streamed.error().message();
  const Result<std::string> text = run(read_all(*streamed->stream, 100));
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->starts_with("HTTP/1.1 ")) << *text;
  const Result<ClientResponse> again = get(nginx->url("/"));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->body, whole->body);
}

}  // namespace
}  // namespace hubwarden::http
