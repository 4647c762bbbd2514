#include "catalogue/match.h"

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/text.h"

namespace hubwarden::catalogue {
namespace {

std::string id_of(std::string_view method, std::string_view path) {
  const auto found = match(method, path);
  return found ? std::string(found->operation().id()) : "";
}

// Two templates that no path can tell apart. The second is found for both.
const std::map<std::string_view, std::string_view> kAliases = {
    {"repos/compare-commits", "repos/compare-commits-with-basehead"},
};

std::string expected_id(const Operation& operation) {
  const auto alias = kAliases.find(operation.id());
  return std::string(alias == kAliases.end() ? operation.id() : alias->second);
}

// The template with each parameter replaced.
std::string filled(const Operation& operation, const std::function<std::string(const Parameter&)>& value) {
  std::string path(operation.path());
  std::size_t at = 0;
  for (const Parameter& parameter : operation.path_parameters()) {
    at = path.find('{', at);
    const std::string text = value(parameter);
    path.replace(at, parameter.name.size() + 2, text);
    at += text.size();
  }
  return path;
}

void expect_itself(const Operation& operation, const std::function<std::string(const Parameter&)>& value) {
  const std::string path = filled(operation, value);
  const auto found = match(operation.method(), path);
  ASSERT_TRUE(found) << operation.id() << ' ' << path;
  EXPECT_EQ(found->operation().id(), expected_id(operation)) << path;
  if (found->operation() != operation) return;
  for (const Parameter& parameter : operation.path_parameters()) {
    EXPECT_EQ(found->parameter(parameter.name), value(parameter)) << path;
  }
}

std::string plausible(const Parameter& parameter) {
  if (parameter.type == ParameterType::kInteger) return "42";
  if (!parameter.values.empty()) return std::string(split(parameter.values, '|').front());
  if (parameter.name == "basehead") return "main...topic";
  if (parameter.name == "subject_digest") return "sha256:6ea7f1";
  return parameter.spans_segments ? "some/" + std::string(parameter.name)
                                  : "a-" + std::string(parameter.name);
}

TEST(Match, FindsEveryOperationByPlausibleValues) {
  for (const Operation& operation : operations()) expect_itself(operation, plausible);
}

TEST(Match, FindsEveryOperationByAwkwardValues) {
  const std::vector<std::string> values = {
      "1",
      "0",
      "-",
      "...",
      "a%2Fb",
      "%2fa",
      "%E2%82%AC",
      "a:b@c",
      "~x",
      "x+y=z",
      "a;b,c",
      "$&'()*!",
      "...b",
      "a.git",
      ".github",
      "a..b",
      "%20",
      "%3F",
      "%23%25",
      "%5C",
      "REPOS",
      "Public",
      std::string(300, 'x'),
  };
  for (const std::string& value : values) {
    for (const Operation& operation : operations()) {
      expect_itself(operation, [&](const Parameter&) { return value; });
    }
  }
}

TEST(Match, FindsEveryOperationWhoseParametersSpanSegmentsByPathsOfEveryLength) {
  const std::vector<std::string> values = {"a",
                                           "a/b",
                                           "heads/feature/x",
                                           ".github/workflows/ci.yml",
                                           "a/b/c/d/e/f/g",
                                           "repos/acme/widgets/issues",
                                           "release%2Fprotection",
                                           "protection/x"};
  std::size_t count = 0;
  for (const Operation& operation : operations()) {
    for (const std::string& value : values) {
      expect_itself(operation,
                    [&](const Parameter& one) { return one.spans_segments ? value : plausible(one); });
    }
    for (const Parameter& parameter : operation.path_parameters()) count += parameter.spans_segments;
  }
  EXPECT_EQ(count, 66);
}

std::vector<std::string_view> segments_of(std::string_view path) {
  return path == "/" ? std::vector<std::string_view>() : split(path.substr(1), '/');
}

// The rules of match.h in another way: all templates are tried, and the best of those that fit is taken.
class Reference {
 public:
  Reference() {
    for (const Operation& operation : operations()) {
      if (!kAliases.contains(operation.id())) templates_.emplace_back(operation, elements_of(operation));
    }
  }

  std::string id_of(std::string_view method, std::string_view path) const {
    const auto segments = segments_of(path);
    std::string best_rank;
    std::string best;
    for (const auto& [operation, elements] : templates_) {
      if (operation.method() != method) continue;
      const std::string rank = rank_of(elements, segments, 0, 0);
      if (rank.empty() || (!best.empty() && best_rank <= rank)) continue;
      best_rank = rank;
      best = operation.id();
    }
    return best;
  }

 private:
  struct Element {
    std::string literal;  // empty for a parameter
    bool spans = false;
    bool may_be_omitted = false;
  };

  static std::vector<Element> elements_of(const Operation& operation) {
    std::vector<Element> elements;
    auto parameter = operation.path_parameters().begin();
    for (const std::string_view segment : segments_of(operation.path())) {
      if (!segment.starts_with('{')) {
        elements.push_back({std::string(segment), false, false});
      } else {
        elements.push_back({"", parameter->spans_segments, parameter->may_be_omitted});
        ++parameter;
      }
    }
    return elements;
  }

  // A letter for each segment of the path, the better the earlier in the alphabet; empty if nothing fits.
  static std::string rank_of(const std::vector<Element>& elements,
                             const std::vector<std::string_view>& segments, std::size_t element,
                             std::size_t segment) {
    if (segment == segments.size()) {
      const bool is_whole =
          element == elements.size() || (element + 1 == elements.size() && elements[element].may_be_omitted);
      return is_whole ? "." : "";
    }
    if (element == elements.size()) return "";
    const Element& here = elements[element];
    if (!here.literal.empty() && here.literal != segments[segment]) return "";
    const std::string start = !here.literal.empty() ? "a" : here.spans ? "c" : "b";
    if (!here.spans) return joined(start, rank_of(elements, segments, element + 1, segment + 1));
    std::string best;
    for (std::size_t end = segment + 1; end <= segments.size() && best.empty(); ++end) {
      best =
          joined(start + std::string(end - segment - 1, 'd'), rank_of(elements, segments, element + 1, end));
    }
    return best;
  }

  static std::string joined(const std::string& start, const std::string& rest) {
    return rest.empty() ? "" : start + rest;
  }

  std::vector<std::pair<Operation, std::vector<Element>>> templates_;
};

// A path like GitHub's: a template in which some segments come from others.
std::string some_path(Random& random) {
  const Operation one = operations()[random.below(operations().size())];
  const Operation other = operations()[random.below(operations().size())];
  const auto words = segments_of(other.path());
  std::string path;
  for (const std::string_view segment : segments_of(one.path())) {
    const bool is_parameter = segment.starts_with('{');
    const bool is_changed = !words.empty() && random.below(is_parameter ? 2 : 12) == 0;
    std::string_view word = is_parameter ? "value" : segment;
    if (is_changed) word = words[random.below(words.size())];
    path.append("/").append(word.starts_with('{') ? "value" : word);
    if (random.below(12) == 0) path += "/more";
  }
  return path.empty() ? "/" : path;
}

TEST(Match, AgreesWithTryingEveryTemplate) {
  const Reference reference;
  SeededRandom random(1);
  std::size_t found = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string path = some_path(random);
    const std::string_view method = operations()[random.below(operations().size())].method();
    const std::string expected = reference.id_of(method, path);
    EXPECT_EQ(id_of(method, path), expected) << method << ' ' << path;
    if (!expected.empty()) ++found;
  }
  EXPECT_GT(found, 5'000);
}

TEST(Match, PrefersWhatIsWrittenOut) {
  EXPECT_EQ(id_of("GET", "/gists/public"), "gists/list-public");
  EXPECT_EQ(id_of("GET", "/gists/publi"), "gists/get");
  EXPECT_EQ(id_of("GET", "/user/repos"), "repos/list-for-authenticated-user");
  EXPECT_EQ(id_of("GET", "/user/1"), "users/get-by-id");
  EXPECT_EQ(id_of("GET", "/repos/o/r/issues/comments"), "issues/list-comments-for-repo");
  EXPECT_EQ(id_of("GET", "/repos/o/r/releases/latest"), "repos/get-latest-release");
}

TEST(Match, GoesBackWhereWhatIsWrittenOutLeadsNowhere) {
  EXPECT_EQ(id_of("PATCH", "/gists/public"), "gists/update");
  EXPECT_EQ(id_of("GET", "/gists/public/comments"), "gists/list-comments");
  EXPECT_EQ(id_of("DELETE", "/repos/o/r/releases/latest"), "repos/delete-release");
  EXPECT_EQ(id_of("GET", "/repos/actions/secrets/actions/secrets/secrets"), "actions/get-repo-secret");
}

TEST(Match, GivesAParameterThatSpansSegmentsAsLittleAsFits) {
  struct Case {
    const char* path;
    const char* id;
    const char* name;
    const char* value;
  };
  constexpr Case kCases[] = {
      {"/repos/o/r/branches/a", "repos/get-branch", "branch", "a"},
      {"/repos/o/r/branches/a/b", "repos/get-branch", "branch", "a/b"},
      {"/repos/o/r/branches/a/protection", "repos/get-branch-protection", "branch", "a"},
      {"/repos/o/r/branches/a%2Fprotection", "repos/get-branch", "branch", "a%2Fprotection"},
      {"/repos/o/r/branches/a/b/protection", "repos/get-branch-protection", "branch", "a/b"},
      {"/repos/o/r/branches/protection/protection", "repos/get-branch-protection", "branch", "protection"},
      {"/repos/o/r/branches/a/protection/x", "repos/get-branch", "branch", "a/protection/x"},
      {"/repos/o/r/commits/heads/x/status", "repos/get-combined-status-for-ref", "ref", "heads/x"},
      {"/repos/o/r/commits/heads/x", "repos/get-commit", "ref", "heads/x"},
      {"/repos/o/r/commits/c/pulls", "repos/list-pull-requests-associated-with-commit", "commit_sha", "c"},
      {"/repos/o/r/git/ref/heads/x", "git/get-ref", "ref", "heads/x"},
      {"/repos/o/r/compare/main...u:feature/x", "repos/compare-commits-with-basehead", "basehead",
       "main...u:feature/x"},
      {"/users/u/attestations/sha256:1", "users/list-attestations", "subject_digest", "sha256:1"},
  };
  for (const Case& one : kCases) {
    const auto found = match("GET", one.path);
    ASSERT_TRUE(found) << one.path;
    EXPECT_EQ(found->operation().id(), one.id) << one.path;
    EXPECT_EQ(found->parameter(one.name), one.value) << one.path;
  }
}

TEST(Match, TakesPathsWhoseLastParameterIsLeftOut) {
  for (const char* const path : {"/repos/o/r/contents", "/repos/o/r/contents/"}) {
    const auto found = match("GET", path);
    ASSERT_TRUE(found) << path;
    EXPECT_EQ(found->operation().id(), "repos/get-content");
    EXPECT_EQ(found->parameter("path"), "");
    EXPECT_EQ(found->parameter("repo"), "r");
  }
  EXPECT_EQ(id_of("GET", "/repos/o/r/tarball"), "repos/download-tarball-archive");
  EXPECT_EQ(id_of("GET", "/repos/o/r/zipball/"), "repos/download-zipball-archive");
  EXPECT_EQ(id_of("GET", "/repos/o/r/git/matching-refs"), "git/list-matching-refs");
  EXPECT_EQ(id_of("PUT", "/repos/o/r/contents"), "");
  EXPECT_EQ(id_of("GET", "/repos/o/r/contents/a/"), "");
  EXPECT_EQ(id_of("GET", "/repos/o/r/branches/"), "");
}

TEST(Match, KnowsRepositoriesByTheirId) {
  const auto found = match("GET", "/repositories/1296269/issues/7/comments");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->operation().id(), "issues/list-comments");
  EXPECT_EQ(found->repository_id(), RepositoryId(1296269));
  EXPECT_EQ(found->parameter("issue_number"), "7");
  EXPECT_EQ(found->parameter("owner"), std::nullopt);
  EXPECT_EQ(found->parameter("repo"), std::nullopt);
  EXPECT_EQ(match("GET", "/repos/o/r/issues/7/comments")->repository_id(), std::nullopt);

  EXPECT_EQ(id_of("GET", "/repositories/1"), "repos/get");
  EXPECT_EQ(id_of("PATCH", "/repositories/1"), "repos/update");
  EXPECT_EQ(id_of("GET", "/repositories/1/contents"), "repos/get-content");
  EXPECT_EQ(id_of("GET", "/repositories"), "repos/list-public");
  for (const char* const path :
       {"/repositories/", "/repositories/x", "/repositories/-1", "/repositories/0", "/repositories/01",
        "/repositories/18446744073709551616", "/repositories/1x/issues", "/repositories/1/",
        "/repositories/%31", "/repositories//1"}) {
    EXPECT_EQ(id_of("GET", path), "") << path;
  }
}

TEST(Match, FindsEveryOperationOfARepositoryByTheRepositorysId) {
  for (const Operation& operation : operations()) {
    if (!operation.is_of_repository() || kAliases.contains(operation.id())) continue;
    std::string path = filled(operation, plausible);
    path.replace(0, std::string("/repos/a-owner/a-repo").size(), "/repositories/7");
    const auto found = match(operation.method(), path);
    ASSERT_TRUE(found) << path;
    EXPECT_EQ(found->operation(), operation) << path;
    for (const Parameter& parameter : operation.path_parameters()) {
      if (parameter.name == "owner" || parameter.name == "repo") continue;
      EXPECT_EQ(found->parameter(parameter.name), plausible(parameter)) << path;
    }
  }
}

TEST(Match, TakesHeadForGet) {
  EXPECT_EQ(id_of("HEAD", "/repos/o/r"), "repos/get");
  EXPECT_EQ(id_of("HEAD", "/repos/o/r/issues/1/lock"), "");
}

TEST(Match, KnowsNoOtherMethods) {
  for (const char* const method : {"", "get", "GETT", "OPTIONS", "TRACE", "GET ", "POST\r\n"}) {
    EXPECT_EQ(id_of(method, "/repos/o/r"), "") << method;
  }
  EXPECT_EQ(id_of("GET", "/markdown"), "");
}

TEST(Match, FindsNothingForWhatMeansSomethingElseToOthers) {
  for (const std::string& path : {
           std::string(),
           std::string("repos/o/r"),
           std::string("//repos/o/r"),
           std::string("/repos/o/r/"),
           std::string("/repos//r"),
           std::string("/repos/o//issues"),
           std::string("/repos/o/r/contents/a//b"),
           std::string("/repos/o/r?page=2"),
           std::string("/repos/o/r#x"),
           std::string("/repos/o/r/issues?"),
           std::string("/repos/o/.."),
           std::string("/repos/o/."),
           std::string("/repos/o/r/../../../user"),
           std::string("/repos/o/%2e%2E"),
           std::string("/repos/o/.%2e"),
           std::string("/repos/o/r/contents/a/%2e/b"),
           std::string("/repos/o/r/contents/..%2f..%2f..%2fuser"),
           std::string("/repos/o/r/labels/a%2F.."),
           std::string("/repos/o/r/labels/%2e%2e%2fa"),
           std::string("/repos/o/r/contents/a%2F..%2Fb"),
           std::string("/repos/o/r/labels/%"),
           std::string("/repos/o/r/labels/%2"),
           std::string("/repos/o/r/labels/%zz"),
           std::string("/repos/o/r/labels/a%00"),
           std::string("/repos/o/r/labels/a b"),
           std::string("/repos/o/r/labels/a\\b"),
           std::string("/repos/o/r/labels/a\nb"),
           std::string("/repos/o/r/labels/a\0b", 22),
           std::string("/repos/o/r/labels/\xe2\x82\xac"),
           std::string("/repos/o/r/labels/a\"b"),
           std::string("/repos/o/r/labels/<b>"),
           std::string("/repos/o/r/labels/{name}"),
           std::string("https://api.github.com/repos/o/r"),
           std::string("/Repos/o/r"),
           std::string("/api/v3/repos/o/r"),
       }) {
    EXPECT_EQ(id_of("GET", path), "") << path;
  }
}

TEST(Match, IsBounded) {
  const std::string start = "/repos/o/r/contents";
  std::string path = start;
  while (path.size() + 2 <= kMaxPath) path += "/a";
  EXPECT_EQ(id_of("GET", path), "repos/get-content");
  EXPECT_EQ(id_of("GET", path + "/a"), "");
  std::string branches = "/repos/o/r/branches";
  while (branches.size() + 30 <= kMaxPath) branches += "/a/protection/restrictions";
  EXPECT_EQ(id_of("GET", branches + "/x"), "repos/get-branch");
}

}  // namespace
}  // namespace hubwarden::catalogue
