#include "obs/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <map>
#include <mutex>
#include <variant>

namespace hubwarden::obs {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Read = std::function<double()>;
using AnyFamily = std::variant<CounterFamily, GaugeFamily, HistogramFamily, Read>;

void fill(ClientMetric& out, const Counter& counter) {
  out.counter.value = static_cast<double>(counter.value());
}

void fill(ClientMetric& out, const Gauge& gauge) {
  out.gauge.value = static_cast<double>(gauge.value());
}

void fill(ClientMetric& out, const Histogram& histogram) {
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
    so_far += histogram.in_bucket(i);
    const bool last = i == histogram.bounds().size();
    const double bound = last ? std::numeric_limits<double>::infinity() : histogram.bounds()[i];
    out.histogram.bucket.push_back({.cumulative_count = so_far, .upper_bound = bound});
  }
  out.histogram.sample_count = so_far;
  out.histogram.sample_sum = histogram.sum();
}

// The label values of the family's metric at `index`: at() backwards.
std::vector<ClientMetric::Label> labels_at(const std::vector<Label>& labels, std::size_t index) {
  std::vector<ClientMetric::Label> out(labels.size());
  for (std::size_t i = labels.size(); i-- > 0;) {
    out[i] = {labels[i].name, labels[i].values[index % labels[i].values.size()]};
    index /= labels[i].values.size();
  }
  return out;
}

template <class Metric>
void collect(MetricFamily& out, const Family<Metric>& family) {
  for (std::size_t i = 0; i < family.metrics().size(); ++i) {
    ClientMetric metric;
    metric.label = labels_at(family.labels(), i);
    fill(metric, *family.metrics()[i]);
    out.metric.push_back(std::move(metric));
  }
}

void collect(MetricFamily& out, const Read& read) {
  ClientMetric metric;
  metric.gauge.value = read();
  out.metric.push_back(std::move(metric));
}

MetricType type_of(const AnyFamily& family) {
  if (std::holds_alternative<CounterFamily>(family)) return MetricType::Counter;
  if (std::holds_alternative<HistogramFamily>(family)) return MetricType::Histogram;
  return MetricType::Gauge;
}

bool is_name(std::string_view name) {
  return name.starts_with("hubwarden_") && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

std::size_t combinations(const std::vector<Label>& labels) {
  std::size_t count = 1;
  for (const Label& label : labels) {
    HW_CHECK(!label.name.empty() && !label.values.empty());
    HW_CHECK(label.values.size() <= Cells::kMaxCells / count);
    count *= label.values.size();
  }
  return count;
}

bool same_labels(const std::vector<Label>& a, const std::vector<Label>& b) {
  return std::ranges::equal(a, b, [](const Label& left, const Label& right) {
    return left.name == right.name && left.values == right.values;
  });
}

}  // namespace

// Families by name: std::map, because references into it stay where they are.
class Metrics::Registry final : public prometheus::Collectable {
 public:
  template <class Metric, class Make>
  Family<Metric>& family(std::string_view name, std::string_view help, std::vector<Label> labels,
                         const Make& make) {
    HW_CHECK(is_name(name));
    const std::scoped_lock lock(mutex_);
    if (const auto known = families_.find(name); known != families_.end()) {
      auto* const same = std::get_if<Family<Metric>>(&known->second.family);
      HW_CHECK(same != nullptr && same_labels(same->labels(), labels));
      return *same;
    }
    std::vector<std::unique_ptr<Metric>> metrics;
    for (std::size_t i = combinations(labels); i > 0; --i) metrics.push_back(make(cells_));
    Named named(help, Family<Metric>(std::move(labels), std::move(metrics)));
    auto& made = families_.emplace(std::string(name), std::move(named)).first->second;
    return std::get<Family<Metric>>(made.family);
  }

  void read_by(std::string_view name, std::string_view help, Read read) {
    HW_CHECK(is_name(name));
    const std::scoped_lock lock(mutex_);
    HW_CHECK(families_.emplace(std::string(name), Named(help, std::move(read))).second);
  }

  std::vector<MetricFamily> Collect() const override {
    const std::scoped_lock lock(mutex_);
    std::vector<MetricFamily> all;
    for (const auto& [name, named] : families_) {
      MetricFamily out{.name = name, .help = named.help, .type = type_of(named.family), .metric = {}};
      std::visit([&out](const auto& family) { collect(out, family); }, named.family);
      all.push_back(std::move(out));
    }
    return all;
  }

 private:
  struct Named {
    Named(std::string_view help_, AnyFamily family_) : help(help_), family(std::move(family_)) {}
    std::string help;
    AnyFamily family;
  };

  mutable std::mutex mutex_;
  Cells cells_;
  std::map<std::string, Named, std::less<>> families_;
};

std::uint64_t Histogram::count() const {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= bounds_.size(); ++i) total += in_bucket(i);
  return total;
}

std::vector<double> latency_bounds() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
          0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30};
}

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {
}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help) {
  return counters(name, help, {}).at();
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help) {
  return gauges(name, help, {}).at();
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, std::vector<double> bounds) {
  return histograms(name, help, {}, std::move(bounds)).at();
}

CounterFamily& Metrics::counters(std::string_view name, std::string_view help, std::vector<Label> labels) {
  HW_CHECK(name.ends_with("_total"));
  return registry_->family<Counter>(name, help, std::move(labels), [](Cells& cells) {
    return std::make_unique<Counter>(cells, cells.reserve(1));
  });
}

GaugeFamily& Metrics::gauges(std::string_view name, std::string_view help, std::vector<Label> labels) {
  return registry_->family<Gauge>(name, help, std::move(labels),
                                  [](Cells&) { return std::make_unique<Gauge>(); });
}

HistogramFamily& Metrics::histograms(std::string_view name, std::string_view help, std::vector<Label> labels,
                                     std::vector<double> bounds) {
  HW_CHECK(!bounds.empty() && std::ranges::is_sorted(bounds));
  return registry_->family<Histogram>(name, help, std::move(labels), [&bounds](Cells& cells) {
    // Its buckets, the one above them, and the sum.
    return std::make_unique<Histogram>(cells, cells.reserve(bounds.size() + 2), bounds);
  });
}

void Metrics::gauge_read_by(std::string_view name, std::string_view help, std::function<double()> read) {
  registry_->read_by(name, help, std::move(read));
}

std::string Metrics::render() const {
  const prometheus::TextSerializer serializer;
  return static_cast<const prometheus::Serializer&>(serializer).Serialize(registry_->Collect());
}

}  // namespace hubwarden::obs
