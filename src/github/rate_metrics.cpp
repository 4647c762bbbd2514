#include "github/rate_metrics.h"

namespace hubwarden::github {

RateMetrics::RateMetrics(obs::Metrics& metrics)
    : admitted(metrics.counters("hubwarden_github_requests_admitted_total",
                                "Requests that the rate guard let out to GitHub",
                                {{"how", {"at_once", "waited"}}})),
      refused(metrics.counters(
          "hubwarden_github_requests_refused_total", "Requests that the rate guard did not let out to GitHub",
          {{"reason", {"primary", "reserve", "secondary", "pace", "room", "queue", "caller", "stopping"}}})),
      limits(metrics.counters("hubwarden_github_limits_total", "Answers of GitHub's that named a rate limit",
                              {{"limit", {"primary", "secondary"}}})),
      paced(metrics.counter("hubwarden_github_writes_paced_total",
                            "Writes that waited for their turn after another")),
      waiting(metrics.gauge("hubwarden_github_waiting_requests",
                            "Requests that wait for a place or a turn at GitHub")),
      in_flight(metrics.gauge("hubwarden_github_open_requests", "Requests under way to GitHub")),
      closed(metrics.gauges("hubwarden_github_closed_buckets",
                            "Rate limits that are closed now: of an installation and a resource, or of an "
                            "installation",
                            {{"limit", {"primary", "secondary"}}})) {
}

}  // namespace hubwarden::github
