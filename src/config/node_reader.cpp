#include "config/node_reader.h"

#include <algorithm>

#include "base/text.h"

namespace hubwarden::config {
namespace {

// Two typing errors in a word are still that word.
constexpr std::size_t kNear = 2;

const std::vector<Node>& nothing() {
  static const std::vector<Node> none;
  return none;
}

}  // namespace

MapReader::MapReader(const Node& node, std::string what, Complaints& complaints)
    : node_(node), what_(std::move(what)), complaints_(complaints) {
  if (node.kind != Node::Kind::kMap) complaints.add(node.line, what_ + " must be a map of keys and values");
}

const Node* MapReader::find(std::string_view key) {
  asked_.emplace(key);
  if (node_.kind != Node::Kind::kMap) return nullptr;
  const auto found = std::ranges::find(node_.children, key, &Node::key);
  return found == node_.children.end() ? nullptr : &*found;
}

const Node* MapReader::need(std::string_view key) {
  const Node* const found = find(key);
  if (found == nullptr && node_.kind == Node::Kind::kMap) {
    complaints_.add(node_.line, what_ + " needs '" + std::string(key) + "'");
  }
  return found;
}

void MapReader::done() {
  if (node_.kind != Node::Kind::kMap) return;
  for (const Node& child : node_.children) {
    if (asked_.contains(child.key)) continue;
    const std::string_view given = std::string_view(child.key).substr(0, kMaxShownValue);
    const auto near = std::ranges::find_if(
        asked_, [&](const std::string& known) { return edit_distance(given, known) <= kNear; });
    std::string message = what_ + " has no " + quoted(child.key);
    if (near != asked_.end()) message += " (did you mean '" + *near + "'?)";
    complaints_.add(child.key_line, std::move(message));
  }
}

std::string quoted(std::string_view text) {
  return "'" + printable(text, kMaxShownValue) + "'";
}

std::string text_of(const Node& node, std::string_view what, Complaints& complaints) {
  if (node.kind == Node::Kind::kScalar && !node.text.empty()) return node.text;
  complaints.add(node.line, std::string(what) + " must be a text");
  return "";
}

std::vector<std::string> texts_of(const Node& node, std::string_view what, Complaints& complaints) {
  if (node.kind == Node::Kind::kScalar) return {text_of(node, what, complaints)};
  std::vector<std::string> texts;
  for (const Node& child : list_of(node, what, complaints)) {
    texts.push_back(text_of(child, "each of " + std::string(what), complaints));
  }
  return texts;
}

const std::vector<Node>& list_of(const Node& node, std::string_view what, Complaints& complaints) {
  if (node.kind == Node::Kind::kList) return node.children;
  complaints.add(node.line, std::string(what) + " must be a list");
  return nothing();
}

}  // namespace hubwarden::config
