#pragma once

// The tables of data/github-rest, read when a test runs: what the catalogue says is compared with these, not
// with what made it.
//
//   for (const Row& row : facts("operations.csv")) EXPECT_TRUE(find(row.at("operationId")));

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace hubwarden::catalogue {

using Row = std::map<std::string, std::string, std::less<>>;

// Commas separate, quotes hold them together.
inline std::vector<std::string> cells(std::string_view line) {
  std::vector<std::string> cells(1);
  bool is_quoted = false;
  for (const char c : line) {
    if (c == '"') {
      is_quoted = !is_quoted;
    } else if (c == ',' && !is_quoted) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

inline std::vector<Row> facts(const std::string& name) {
  std::ifstream file(HUBWARDEN_REST_FACTS "/" + name);
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> header = cells(line);
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const std::vector<std::string> values = cells(line);
    Row row;
    for (std::size_t i = 0; i < header.size(); ++i) row[header[i]] = values.at(i);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace hubwarden::catalogue
