#include "config/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hubwarden::config {
namespace {

using testing::HasSubstr;

std::string first_problem(std::string_view text) {
  const auto parsed = parse_document(text, "h.yaml");
  return parsed ? "none" : parsed.error().front().text();
}

TEST(Document, IsATreeWithLines) {
  const auto root = parse_document("a: 1\nb:\n  c: [x, 'y z']\n  d: {e: ~}\n", "h.yaml");
  ASSERT_TRUE(root);
  ASSERT_EQ(root->children.size(), 2u);
  EXPECT_EQ(root->children[0].key, "a");
  EXPECT_EQ(root->children[0].text, "1");
  const Node& b = root->children[1];
  EXPECT_EQ(b.children[0].key_line, 3);
  EXPECT_EQ(b.children[0].children[1].text, "y z");
  EXPECT_EQ(b.children[1].key_line, 4);
  EXPECT_EQ(b.children[1].children[0].kind, Node::Kind::kNothing);
}

TEST(Document, MayBeEmpty) {
  for (const char* text : {"", "\n", "# only a comment\n", "---\n"}) {
    const auto root = parse_document(text, "h.yaml");
    ASSERT_TRUE(root) << text;
    EXPECT_EQ(root->kind, Node::Kind::kNothing) << text;
  }
}

struct Refused {
  std::string text;
  std::string problem;
};

class RefusedDocuments : public testing::TestWithParam<Refused> {};

TEST_P(RefusedDocuments, NameTheLineAndTheReason) {
  EXPECT_THAT(first_problem(GetParam().text), HasSubstr(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Document, RefusedDocuments,
    testing::Values(Refused{"a: 1\nb: 2\na: 3\n", "h.yaml:3: key 'a' stands twice, first on line 1"},
                    Refused{"x:\n  a: 1\n  a: 1\n", "h.yaml:3: key 'a' stands twice"},
                    Refused{"a: &x 1\nb: 2\n", "h.yaml:1: anchors"},
                    Refused{"a: &x 1\nb: *x\n", "h.yaml:1: anchors"},
                    Refused{"a: 1\nb: *x\n", "h.yaml:2: not valid YAML"},
                    Refused{"a: !!binary aGk=\n", "h.yaml:1: tags"},
                    Refused{"a: !!python/object:os.system x\n", "h.yaml:1: tags"},
                    Refused{"a: 1\n---\nb: 1\n", "more than one YAML document"},
                    Refused{"? [a, b]\n: 1\n", "h.yaml:1: a key must be plain text"},
                    Refused{"- a\n- b\n", "h.yaml:1: must be a map"}, Refused{"just text\n", "must be a map"},
                    Refused{"a: [1, 2\nb: 3\n", "not valid YAML"}, Refused{"a:\n\t- b\n", "not valid YAML"},
                    Refused{"a: 'open\n", "a quote that is never closed"},
                    Refused{"a: \"open", "a quote that is never closed"},
                    Refused{"a: \"x\\0y\"\n", "h.yaml:1: holds a control character"},
                    Refused{std::string("a: 1\nb: x\0y\n", 12), "h.yaml:2: holds a control character"},
                    Refused{"a: \x1b[2J\n", "h.yaml:1: holds a control character"},
                    Refused{std::string(kMaxDocumentBytes + 1, ' '), "larger than 1 MiB"}));

// The widest and deepest things that fit into the size limit. What was worked through instead of refused
// would not come to its end.
TEST(Document, IsRefusedHoweverWideOrDeep) {
  const std::size_t most = kMaxDocumentBytes - 16;
  std::string bomb = "a: &a [x]\n";
  for (char name = 'b'; name < 'k'; ++name) {
    bomb += std::string(1, name) + ": &" + name + " [";
    for (int i = 0; i < 9; ++i) bomb += std::string("*") + static_cast<char>(name - 1) + ",";
    bomb += "]\n";
  }
  std::string indented;
  for (std::size_t depth = 0; indented.size() < most / 2 && depth < 1000; ++depth) {
    indented += std::string(depth, ' ') + "a:\n";
  }
  EXPECT_NE(first_problem(bomb), "none");
  EXPECT_THAT(first_problem(indented), HasSubstr("too deeply nested"));
  EXPECT_THAT(first_problem("a: " + std::string(most, '[')), HasSubstr("too deeply nested"));
  EXPECT_THAT(first_problem("a: " + std::string(most, '{')), HasSubstr("too deeply nested"));
  EXPECT_NE(first_problem(std::string(most, '-')), "none");
  EXPECT_NE(first_problem("a: " + std::string(most, '!')), "none");
  EXPECT_NE(first_problem("a: \"" + std::string(most, 'x')), "none");
}

}  // namespace
}  // namespace hubwarden::config
