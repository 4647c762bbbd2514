#include "http/fields.h"

#include "base/check.h"
#include "base/text.h"

namespace hubwarden::http {

void Fields::reserve(std::size_t count, std::size_t bytes) {
  places_.reserve(count);
  text_.reserve(bytes);
}

void Fields::add(std::string_view name, std::string_view value) {
  places_.push_back({text_.size(), name.size(), value.size()});
  text_.append(name).append(value);
}

void Fields::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

// What a field held stays behind until all of them go.
void Fields::remove(std::string_view name) {
  std::erase_if(places_, [&](const Place& place) { return equal_ignoring_case(name_of(place), name); });
}

void Fields::extend_last(std::string_view more) {
  HW_CHECK(!places_.empty());
  Place& last = places_.back();
  // Others that lay behind it may have been removed.
  text_.resize(last.at + last.name_size + last.value_size);
  text_.append(more);
  last.value_size += more.size();
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const Place& place : places_) {
    if (place.name_size == name.size() && equal_ignoring_case(name_of(place), name)) return value_of(place);
  }
  return std::nullopt;
}

}  // namespace hubwarden::http
