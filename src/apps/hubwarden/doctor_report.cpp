#include "apps/hubwarden/doctor_report.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace hubwarden::apps {
namespace {

enum class State { kOk, kBroken, kUnknown };

State state_of(Link link, const std::optional<Finding>& finding) {
  if (!finding || link < finding->link) return State::kOk;
  return link == finding->link ? State::kBroken : State::kUnknown;
}

std::string headline(const Report& report) {
  std::string line = report.repository.empty() ? "git" : report.repository;
  if (!report.host.empty()) line += " on " + report.host;
  if (!report.workspace.empty()) line += ", as workspace " + report.workspace;
  if (!report.address.empty()) line += ", by hubwarden at " + report.address;
  return line + "\n";
}

boost::json::value text_or_null(const std::string& text) {
  return text.empty() ? boost::json::value() : boost::json::value(text);
}

}  // namespace

std::string report_text(const Report& report) {
  constexpr std::size_t kColumn = 17;
  std::string text = headline(report);
  for (int i = 0; i < kLinkCount; ++i) {
    const Link link = static_cast<Link>(i);
    const State state = state_of(link, report.finding);
    std::string name(to_string(link));
    text += state == State::kOk ? "  ok      " : state == State::kBroken ? "  BROKEN  " : "  -       ";
    if (state != State::kBroken) {
      text += name + "\n";
      continue;
    }
    name.resize(kColumn, ' ');
    text += name + report.finding->cause + "\n";
    text += "          " + std::string(kColumn, ' ') + "remedy: " + report.finding->remedy + "\n";
  }
  for (const std::string& note : report.notes) text += "note: " + note + "\n";
  return text;
}

std::string report_json(const Report& report) {
  boost::json::object out;
  out["ok"] = !report.finding;
  out["host"] = text_or_null(report.host);
  out["repository"] = text_or_null(report.repository);
  out["workspace"] = text_or_null(report.workspace);
  out["address"] = text_or_null(report.address);
  out["broken"] = nullptr;
  if (report.finding) {
    boost::json::object broken;
    broken["link"] = to_string(report.finding->link);
    broken["exit_status"] = exit_status(report.finding->link);
    broken["cause"] = report.finding->cause;
    broken["remedy"] = report.finding->remedy;
    out["broken"] = std::move(broken);
  }
  boost::json::array links;
  for (int i = 0; i < kLinkCount; ++i) {
    const Link link = static_cast<Link>(i);
    const State state = state_of(link, report.finding);
    boost::json::object each;
    each["link"] = to_string(link);
    each["state"] = state == State::kOk ? "ok" : state == State::kBroken ? "broken" : "unknown";
    links.push_back(std::move(each));
  }
  out["links"] = std::move(links);
  boost::json::array notes;
  for (const std::string& note : report.notes) notes.emplace_back(note);
  out["notes"] = std::move(notes);
  return boost::json::serialize(out) + "\n";
}

}  // namespace hubwarden::apps
