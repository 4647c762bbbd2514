#include "config/document.h"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include "base/text.h"

namespace hubwarden::config {
namespace {

// yaml-cpp's own sentences are shorter.
constexpr std::size_t kMaxShownMessage = 200;

// Follows the file's text as a comment. yaml-cpp takes a quoted text that never ends for one that ends with
// the file: then the comment is part of it. The file itself cannot hold this character.
constexpr std::string_view kEndMark = "# \x01";

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
}

// Builds the tree from the parser's events. Goes on after a problem, so that all of them are found.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string source, std::vector<Problem>& problems)
      : source_(std::move(source)), problems_(problems) {}

  Node take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    add(Node(Node::Kind::kNothing, line_of(mark)));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    problem(mark, "aliases (*name) are not supported");
    add(Node(Node::Kind::kNothing, line_of(mark)));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    refuse_unfit(mark, value);
    Node node(Node::Kind::kScalar, line_of(mark));
    node.text = value;
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::kList, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::kMap, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    explicit Open(Node node_) : node(std::move(node_)) {}
    Node node;
    // Of a map: the key whose value comes next.
    std::optional<Node> key;
  };

  static int line_of(const YAML::Mark& mark) { return mark.line + 1; }

  void problem(const YAML::Mark& mark, std::string message) { problem(line_of(mark), std::move(message)); }
  void problem(int line, std::string message) {
    problems_.emplace_back(Origin(source_, line), std::move(message));
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) problem(mark, "anchors (&name) are not supported");
  }
  // "?" is yaml-cpp's word for a plain scalar, "!" for a quoted one.
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") problem(mark, "tags (!name) are not supported");
  }

  // An escape in double quotes may make any character.
  void refuse_unfit(const YAML::Mark& mark, const std::string& value) {
    if (value.find(kEndMark) != std::string::npos) {
      problem(mark, "not valid YAML: a quote that is never closed");
    } else if (std::ranges::any_of(value, is_control)) {
      problem(mark, "holds a control character");
    }
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    // Thrown, not collected: the parser itself recurses.
    if (open_.size() >= kMaxDocumentDepth) throw YAML::ParserException(mark, "too deeply nested");
    open_.emplace_back(Node(kind, line_of(mark)));
  }
  void close() {
    Node done = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(done));
  }

  void add(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (Open& parent = open_.back(); parent.node.kind == Node::Kind::kList) {
      parent.node.children.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = std::move(node);
    } else {
      add_entry(parent, std::move(node));
    }
  }

  void add_entry(Open& map, Node value) {
    const Node key = *std::exchange(map.key, std::nullopt);
    if (key.kind != Node::Kind::kScalar) return problem(key.line, "a key must be plain text");
    const auto same = std::ranges::find(map.node.children, key.text, &Node::key);
    if (same != map.node.children.end()) {
      return problem(key.line, "key '" + printable(key.text, kMaxShownValue) +
                                   "' stands twice, first on line " + std::to_string(same->key_line));
    }
    value.key = key.text;
    value.key_line = key.line;
    map.node.children.push_back(std::move(value));
  }

  std::string source_;
  std::vector<Problem>& problems_;
  std::vector<Open> open_;
  Node root_;
};

std::optional<Problem> unfit_bytes(std::string_view text, const std::string& source) {
  if (text.size() > kMaxDocumentBytes) return Problem(Origin(source, 0), "is larger than 1 MiB");
  const auto unfit = std::ranges::find_if(text, is_control);
  if (unfit == text.end()) return std::nullopt;
  const auto line = 1 + std::count(text.begin(), unfit, '\n');
  return Problem(Origin(source, static_cast<int>(line)), "holds a control character");
}

}  // namespace

std::expected<Node, std::vector<Problem>> parse_document(std::string_view text, const std::string& source) {
  if (auto unfit = unfit_bytes(text, source)) return std::unexpected(std::vector{*std::move(unfit)});
  std::vector<Problem> problems;
  TreeBuilder builder(source, problems);
  try {
    std::istringstream stream(std::string(text) + "\n" + std::string(kEndMark) + "\n");
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    std::vector<Problem> ignored;
    TreeBuilder second(source, ignored);
    if (parser.HandleNextDocument(second)) {
      problems.emplace_back(Origin(source, 0), "holds more than one YAML document");
    }
  } catch (const YAML::Exception& error) {
    // yaml-cpp's messages are its own words; they quote nothing of the file but names of anchors and tags.
    problems.emplace_back(Origin(source, error.mark.line + 1),
                          "not valid YAML: " + printable(error.msg, kMaxShownMessage));
  }
  Node root = builder.take_root();
  if (root.kind == Node::Kind::kScalar || root.kind == Node::Kind::kList) {
    problems.emplace_back(Origin(source, root.line), "must be a map of sections, such as 'tokens:'");
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return root;
}

}  // namespace hubwarden::config
