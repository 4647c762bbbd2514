// Looking operations up, by id and by path, against a find() in a std::unordered_map that holds those very
// ids or paths: what a look-up could cost at best if filling a map at every start cost nothing.
//
// Both sides take turns; each look-up is of another operation, in an order that no cache foresees. Prints a
// line for each ratio and each time, as bench/run does; exit 1 if one is short.

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "base/text.h"
#include "bench/timing.h"
#include "catalogue/match.h"
#include "catalogue/operation.h"

namespace {

using namespace hubwarden;
using catalogue::Operation;

constexpr int kRounds = 101;
constexpr int kPasses = 10;  // over all operations, in each round
constexpr double kMostNanoseconds = 300;
// A binary search instead of a hash, and a walk over some seven segments instead of one look at the whole
// path.
constexpr double kMostForIds = 6;
constexpr double kMostForPaths = 8;

using Map = std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>>;

struct Question {
  std::string method;
  std::string text;
};

// The templates with parameters like those of real requests, in an order of their own.
std::vector<Question> questions(const std::function<std::string(const Operation&)>& text_of) {
  std::vector<Question> all;
  for (const Operation& operation : catalogue::operations()) {
    all.push_back({std::string(operation.method()), text_of(operation)});
  }
  SeededRandom random(1);
  for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[random.below(i)]);
  return all;
}

std::string path_of(const Operation& operation) {
  std::string path(operation.path());
  for (const catalogue::Parameter& parameter : operation.path_parameters()) {
    const std::size_t at = path.find('{');
    const bool is_number = parameter.type == catalogue::ParameterType::kInteger;
    path.replace(at, parameter.name.size() + 2, is_number ? "1296269" : "some-name");
  }
  return path;
}

// Nanoseconds for one look-up.
double time_of(const std::vector<Question>& all, const std::function<std::size_t(const Question&)>& look_up) {
  std::size_t found = 0;
  const double start = bench::cpu_time();
  for (int pass = 0; pass < kPasses; ++pass) {
    for (const Question& question : all) found += look_up(question);
  }
  const double passed = bench::cpu_time() - start;
  if (found == 0) std::puts("nothing was found");  // and so the loop is not left out
  return passed / (kPasses * static_cast<double>(all.size()));
}

struct Goal {
  const char* name;
  double most;
};

bool compare(const Goal& goal, const std::vector<Question>& all,
             const std::function<std::size_t(const Question&)>& ours) {
  Map map;
  for (const Question& question : all) map.emplace(question.text, map.size() + 1);
  const auto theirs = [&](const Question& question) {
    return map.find(std::string_view(question.text))->second;
  };
  std::vector<double> ratios(kRounds);
  std::vector<double> times(kRounds);
  for (int round = 0; round < kRounds; ++round) {
    const auto i = static_cast<std::size_t>(round);
    const double peer = time_of(all, theirs);
    times[i] = time_of(all, ours);
    ratios[i] = times[i] / peer;
  }
  const double ratio = bench::median(ratios);
  const double time = bench::median(times);
  const bool holds = ratio <= goal.most;
  const bool is_quick = time <= kMostNanoseconds;
  std::printf("%s ratio=%.2f bound=%g %s\n", goal.name, ratio, goal.most, holds ? "ok" : "short");
  std::printf("%s-time ns=%.0f bound=%g %s\n", goal.name, time, kMostNanoseconds, is_quick ? "ok" : "short");
  return holds && is_quick;
}

}  // namespace

int main() {
  bench::stay_on_one_core();
  const auto by_id = [](const Question& question) -> std::size_t {
    return catalogue::find(question.text) ? 1 : 0;
  };
  const auto by_path = [](const Question& question) -> std::size_t {
    return catalogue::match(question.method, question.text) ? 1 : 0;
  };
  const bool ids = compare({"catalogue-id", kMostForIds},
                           questions([](const Operation& one) { return std::string(one.id()); }), by_id);
  const bool paths = compare({"catalogue-path", kMostForPaths}, questions(path_of), by_path);
  return ids && paths ? 0 : 1;
}
