#pragma once

// Header fields in the order in which they were added. Names are compared without regard to case.
//
//   Fields fields;
//   fields.add("Content-Type", "application/json");
//   for (const auto& [name, value] : fields) …
//
// A call to GitHub carries some forty of them back and forth: they lie in one piece, and adding one seldom
// allocates. An answer is moved many times and mostly has none: then they are one pointer.

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hubwarden::http {

class Fields {
 public:
  // Views, valid until the fields change.
  struct Field {
    std::string_view name;
    std::string_view value;
  };
  class Iterator;

  Fields() = default;
  Fields(Fields&&) = default;
  Fields& operator=(Fields&&) = default;
  Fields(const Fields& other)
      : content_(other.content_ ? std::make_unique<Content>(*other.content_) : nullptr) {}
  Fields& operator=(const Fields& other) { return *this = Fields(other); }
  ~Fields() = default;

  void reserve(std::size_t count, std::size_t bytes);
  // What is added is no view of these fields.
  void add(std::string_view name, std::string_view value);
  void set(std::string_view name, std::string_view value);  // replaces every field of that name
  void remove(std::string_view name);
  // Appends to the value of the field that was added last.
  void extend_last(std::string_view more);
  // The first field of that name.
  std::optional<std::string_view> find(std::string_view name) const;

  Iterator begin() const;
  Iterator end() const;
  std::size_t size() const { return content_ ? content_->places.size() : 0; }

 private:
  // Where a field lies: its name, and behind it its value.
  struct Place {
    std::size_t at;
    std::size_t name_size;
    std::size_t value_size;
  };

  struct Content {
    Content() = default;
    std::string_view name_of(const Place& place) const {
      return std::string_view(text).substr(place.at, place.name_size);
    }
    std::string_view value_of(const Place& place) const {
      return std::string_view(text).substr(place.at + place.name_size, place.value_size);
    }
    std::string text;
    std::vector<Place> places;
  };

  Content& content();

  std::unique_ptr<Content> content_;  // null as long as none was added
};

class Fields::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Field;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = Field;

  Iterator() = default;

  Field operator*() const { return {content_->name_of(*place_), content_->value_of(*place_)}; }
  Iterator& operator++() {
    ++place_;
    return *this;
  }
  Iterator operator++(int) {
    Iterator before = *this;
    ++place_;
    return before;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.place_ == b.place_; }

 private:
  friend class Fields;
  Iterator(const Content& content, std::vector<Place>::const_iterator place)
      : content_(&content), place_(place) {}

  const Content* content_ = nullptr;
  std::vector<Place>::const_iterator place_;
};

inline Fields::Iterator Fields::begin() const {
  return content_ ? Iterator(*content_, content_->places.begin()) : Iterator();
}
inline Fields::Iterator Fields::end() const {
  return content_ ? Iterator(*content_, content_->places.end()) : Iterator();
}

}  // namespace hubwarden::http
