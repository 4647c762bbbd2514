#include "http/fields.h"

#include "base/check.h"
#include "base/text.h"

namespace hubwarden::http {

Fields::Content& Fields::content() {
  if (!content_) content_ = std::make_unique<Content>();
  return *content_;
}

void Fields::reserve(std::size_t count, std::size_t bytes) {
  content().places.reserve(count);
  content().text.reserve(bytes);
}

void Fields::add(std::string_view name, std::string_view value) {
  std::string& text = content().text;
  content_->places.push_back({text.size(), name.size(), value.size()});
  text.append(name).append(value);
}

void Fields::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

// What a field held stays behind until all of them go.
void Fields::remove(std::string_view name) {
  if (!content_) return;
  std::erase_if(content_->places,
                [&](const Place& place) { return equal_ignoring_case(content_->name_of(place), name); });
}

void Fields::extend_last(std::string_view more) {
  HW_CHECK(size() > 0);
  Place& last = content_->places.back();
  // Others that lay behind it may have been removed.
  content_->text.resize(last.at + last.name_size + last.value_size);
  content_->text.append(more);
  last.value_size += more.size();
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
  if (!content_) return std::nullopt;
  for (const Place& place : content_->places) {
    if (place.name_size != name.size() || !equal_ignoring_case(content_->name_of(place), name)) continue;
    return content_->value_of(place);
  }
  return std::nullopt;
}

}  // namespace hubwarden::http
