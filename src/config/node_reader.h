#pragma once

// Reads the maps and lists of a document one member at a time, and complains about what is missing, of
// another kind, or not known: all of it, each with its line.
//
//   Complaints complaints("policy.yaml");
//   MapReader map(node, "a rule", complaints);
//   const Node* name = map.need("name");
//   …
//   map.done();                                  // whatever nobody asked for is unknown

#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/document.h"
#include "config/problem.h"

namespace hubwarden::config {

class Complaints {
 public:
  explicit Complaints(std::string source) : source_(std::move(source)) {}

  void add(int line, std::string message) {
    problems_.emplace_back(Origin(source_, line), std::move(message));
  }
  Origin at(int line) const { return {source_, line}; }
  bool none() const { return problems_.empty(); }
  // About the same file.
  Complaints another() const { return Complaints(source_); }
  void add_all(Complaints others) {
    problems_.insert(problems_.end(), std::make_move_iterator(others.problems_.begin()),
                     std::make_move_iterator(others.problems_.end()));
  }
  std::vector<Problem> take() && { return std::move(problems_); }

 private:
  std::string source_;
  std::vector<Problem> problems_;
};

class MapReader {
 public:
  // `what` stands in messages: "a rule". Both are outlived.
  MapReader(const Node& node, std::string what, Complaints& complaints);

  // Null if it is not there.
  const Node* find(std::string_view key);
  const Node* need(std::string_view key);
  void done();

 private:
  const Node& node_;
  std::string what_;
  Complaints& complaints_;
  std::set<std::string, std::less<>> asked_;
};

// 'text', cut and without what does not print: what a message shows of the file.
std::string quoted(std::string_view text);
// The text of a scalar; empty, with a complaint, for anything else.
std::string text_of(const Node& node, std::string_view what, Complaints& complaints);
// The texts of a list of scalars, or of one scalar alone.
std::vector<std::string> texts_of(const Node& node, std::string_view what, Complaints& complaints);
// Empty, with a complaint, for what is no list.
const std::vector<Node>& list_of(const Node& node, std::string_view what, Complaints& complaints);

}  // namespace hubwarden::config
