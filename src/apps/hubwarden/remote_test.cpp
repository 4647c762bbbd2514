#include "apps/hubwarden/remote.h"

#include <gtest/gtest.h>

namespace hubwarden::apps {
namespace {

struct Row {
  std::string_view url;
  std::string_view told;  // "scheme host repository"; empty: none of ours
};

class Remotes : public testing::TestWithParam<Row> {};

TEST_P(Remotes, AreRead) {
  const std::optional<Remote> remote = parse_remote(GetParam().url);
  const std::string told =
      remote ? remote->scheme + " " + remote->host + " " + remote->repository.shown() : "";
  EXPECT_EQ(told, GetParam().told);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Remotes,
    testing::Values(Row{"https://github.com/acme/widgets.git", "https github.com acme/widgets"},
                    Row{"https://github.com/Acme/widgets/", "https github.com Acme/widgets"},
                    Row{"https://x-access-token:secret@GitHub.com/acme/widgets",
                        "https github.com acme/widgets"},
                    Row{"http://127.0.0.1:8080/acme/widgets", "http 127.0.0.1:8080 acme/widgets"},
                    Row{"ssh://git@github.com:22/acme/widgets.git", "ssh github.com acme/widgets"},
                    Row{"ssh://git@github.com/acme/widgets", "ssh github.com acme/widgets"},
                    Row{"git@github.com:acme/widgets.git", "ssh github.com acme/widgets"},
                    Row{"github.com:/acme/widgets.git", "ssh github.com acme/widgets"},
                    Row{"https://github.com/acme/widgets/pulls", ""}, Row{"https://github.com/acme", ""},
                    Row{"https://github.com", ""}, Row{"file:///srv/acme/widgets", ""},
                    Row{"/srv/acme/widgets.git", ""}, Row{"./a:b/c", ""}, Row{"", ""},
                    Row{"https:///a/b", ""}, Row{"https://github.com/../widgets", ""}));

TEST(Remotes, AreOnAHostOfTheSettings) {
  const std::vector<std::string> hosts = {"https://github.com", "http://127.0.0.1:8080"};
  EXPECT_EQ(host_of(*parse_remote("git@github.com:a/b"), hosts), "https://github.com");
  EXPECT_EQ(host_of(*parse_remote("https://github.com/a/b"), hosts), "https://github.com");
  EXPECT_EQ(host_of(*parse_remote("http://127.0.0.1:8080/a/b"), hosts), "http://127.0.0.1:8080");
  EXPECT_EQ(host_of(*parse_remote("http://github.com/a/b"), hosts), std::nullopt);
  EXPECT_EQ(host_of(*parse_remote("https://github.com.example/a/b"), hosts), std::nullopt);
}

}  // namespace
}  // namespace hubwarden::apps
