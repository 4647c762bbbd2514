#pragma once

// Counters, gauges and histograms of a process, rendered as Prometheus text.
//
//   Counter& mints = metrics.counter("hubwarden_mints_total", "Tokens minted at GitHub");
//   mints.add();
//   CounterFamily& answers = metrics.counters("hubwarden_http_answers_total", "Answers by class",
//                                             {{"class", {"2xx", "4xx", "5xx"}}});
//   answers.at(AnswerClass::k4xx).add();
//
// Label values are fixed when a family is registered and are addressed by position (an enum or an index), so
// no caller can make a new time series. Each thread counts in cells of its own, about 2 ns, and a scrape sums
// them.
//
// Everything may be used from any thread. What a Metrics gives out lives as long as it does. Registering a
// name again gives the same metric; with another kind or other labels it is a bug and stops the process.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "obs/cells.h"

namespace hubwarden::obs {

class Counter {
 public:
  Counter(Cells& cells, std::size_t cell) : cells_(cells), cell_(cell) {}
  void add(std::uint64_t count = 1) { cells_.add(cell_, count); }
  std::uint64_t value() const { return cells_.sum(cell_); }

 private:
  Cells& cells_;
  std::size_t cell_;
};

// A value that goes up and down, or is set. One atomic: gauges are not counted on the hot path.
class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t by) { value_.fetch_add(by, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

class Histogram {
 public:
  // `bounds` are upper bounds, ascending. Cells from `first`: one for each bound, one above them, one for the
  // sum.
  Histogram(Cells& cells, std::size_t first, std::vector<double> bounds)
      : cells_(cells), first_(first), bounds_(std::move(bounds)) {}

  void observe(double value) {
    const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    cells_.add(first_ + static_cast<std::size_t>(bucket), 1);
    cells_.add_real(first_ + bounds_.size() + 1, value);
  }
  // In seconds.
  void observe(Duration value) { observe(std::chrono::duration<double>(value).count()); }

  std::uint64_t count() const;
  double sum() const { return cells_.sum_real(first_ + bounds_.size() + 1); }
  const std::vector<double>& bounds() const { return bounds_; }
  // Observations in one bucket alone; the bucket after the last bound holds the rest.
  std::uint64_t in_bucket(std::size_t bucket) const { return cells_.sum(first_ + bucket); }

 private:
  Cells& cells_;
  std::size_t first_;
  std::vector<double> bounds_;
};

struct Label {
  std::string name;
  std::vector<std::string> values;
};

// One metric for each combination of its labels' values.
template <class Metric>
class Family {
 public:
  Family(std::vector<Label> labels, std::vector<std::unique_ptr<Metric>> metrics)
      : labels_(std::move(labels)), metrics_(std::move(metrics)) {}

  // One position for each label, in their order: enums or integers.
  template <class... Positions>
  Metric& at(Positions... positions) {
    const std::array<std::size_t, sizeof...(Positions)> given{static_cast<std::size_t>(positions)...};
    HW_CHECK(given.size() == labels_.size());
    std::size_t index = 0;
    for (std::size_t i = 0; i < given.size(); ++i) {
      HW_CHECK(given[i] < labels_[i].values.size());
      index = index * labels_[i].values.size() + given[i];
    }
    return *metrics_[index];
  }

  const std::vector<Label>& labels() const { return labels_; }
  const std::vector<std::unique_ptr<Metric>>& metrics() const { return metrics_; }

 private:
  std::vector<Label> labels_;
  std::vector<std::unique_ptr<Metric>> metrics_;
};

using CounterFamily = Family<Counter>;
using GaugeFamily = Family<Gauge>;
using HistogramFamily = Family<Histogram>;

// From a cached answer to a slow mint, in seconds.
std::vector<double> latency_bounds();

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // Names are `hubwarden_…` of [a-z0-9_]; a counter's ends with `_total`.
  Counter& counter(std::string_view name, std::string_view help);
  Gauge& gauge(std::string_view name, std::string_view help);
  Histogram& histogram(std::string_view name, std::string_view help, std::vector<double> bounds);

  CounterFamily& counters(std::string_view name, std::string_view help, std::vector<Label> labels);
  GaugeFamily& gauges(std::string_view name, std::string_view help, std::vector<Label> labels);
  HistogramFamily& histograms(std::string_view name, std::string_view help, std::vector<Label> labels,
                              std::vector<double> bounds);

  // A gauge that is asked at each scrape. `read` is called from the scraping thread, must not block and must
  // live as long as this object.
  void gauge_read_by(std::string_view name, std::string_view help, std::function<double()> read);

  // The Prometheus text exposition format, version 0.0.4.
  std::string render() const;

 private:
  class Registry;
  std::unique_ptr<Registry> registry_;
};

}  // namespace hubwarden::obs
