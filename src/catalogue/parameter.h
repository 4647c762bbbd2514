#pragma once

// A parameter of one of GitHub's operations: its name, and what GitHub's description says of its value.
//
//   for (const Parameter& parameter : operation->query_parameters()) …
//   const auto state = operation->query_parameters().find("state");
//   if (state && !state->accepts("opened")) …           // one of open, closed, all
//
// Views of constant data: copied freely, valid for ever, no allocation. Threads: all.
//
// In the table, parameters are separated by a blank, each in this form:
//
//   name[:type][/][?][!][=value|value…][[minimum..maximum]]
//
// where `:type` is missing for a string, `/` spans segments, `?` may be left out, `!` has to be given.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hubwarden::catalogue {

enum class ParameterType { kString, kInteger, kBoolean, kArray };

std::string_view to_string(ParameterType type);  // "integer"

struct Parameter {
  std::string_view name;
  ParameterType type = ParameterType::kString;
  bool is_required = false;  // in a query; in a path all are
  bool spans_segments =
      false;  // in a path: the value may hold `/` as it is, like `path` of repos/get-content
  bool may_be_omitted = false;  // at the end of a path: may be left out with the slash before it
  std::string_view values;      // "open|closed|all", of an array those of its items; empty if any will do
  std::optional<std::int64_t> minimum;
  std::optional<std::int64_t> maximum;

  // A decoded value is of the type, one of `values` and in range. Of an array: one item. Empty never is.
  bool accepts(std::string_view value) const;

  friend bool operator==(const Parameter&, const Parameter&) = default;
};

// The parameters of one operation, in GitHub's order; those of a path in the order of the path.
class Parameters {
 public:
  class Iterator {
   public:
    using value_type = Parameter;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    explicit Iterator(std::string_view rest);

    const Parameter& operator*() const { return parameter_; }
    const Parameter* operator->() const { return &parameter_; }
    Iterator& operator++();
    Iterator operator++(int);
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

   private:
    void read();

    std::string_view rest_;  // behind the parameter
    std::size_t left_ = 0;   // bytes from its beginning to the end of all
    Parameter parameter_;
  };

  explicit Parameters(std::string_view text) : text_(text) {}

  Iterator begin() const { return Iterator(text_); }
  Iterator end() const { return Iterator(text_.substr(text_.size())); }
  bool empty() const { return text_.empty(); }
  std::size_t size() const;
  std::optional<Parameter> find(std::string_view name) const;

 private:
  std::string_view text_;
};

}  // namespace hubwarden::catalogue
