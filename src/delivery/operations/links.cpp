#include "delivery/operations/links.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "catalogue/match.h"
#include "delivery/operations/query_values.h"

namespace hubwarden::delivery {
namespace {

constexpr std::size_t kMaxLinks = 16;  // GitHub sends at most four
constexpr std::array<std::string_view, 4> kRelations = {"first", "prev", "next", "last"};

struct Link {
  std::string_view url;
  std::string_view relation;
};

// `; rel="next"`, alone or among other parameters (RFC 8288, 3).
std::string_view relation_in(std::string_view parameters) {
  for (const std::string_view part : split(parameters, ';')) {
    std::string_view one = trim(part);
    if (!one.starts_with("rel=")) continue;
    one.remove_prefix(4);
    if (one.size() >= 2 && one.front() == '"' && one.back() == '"') one = one.substr(1, one.size() - 2);
    return one;
  }
  return {};
}

// Up to the first thing that is no link.
std::vector<Link> links_in(std::string_view text) {
  std::vector<Link> links;
  while (links.size() < kMaxLinks) {
    const std::size_t open = text.find('<');
    const std::size_t close = text.find('>', open == std::string_view::npos ? text.size() : open);
    if (close == std::string_view::npos) break;
    const std::string_view url = text.substr(open + 1, close - open - 1);
    text.remove_prefix(close + 1);
    const std::size_t end = std::min(text.find('<'), text.size());
    std::string_view parameters = trim(text.substr(0, end));
    if (parameters.ends_with(',')) parameters.remove_suffix(1);
    links.push_back({url, relation_in(parameters)});
  }
  return links;
}

std::string_view query_of(std::string_view target) {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

// Of an organisation's lists GitHub links to a family by number, which nothing else is known of.
bool is_list_of_organization(std::string_view path, const catalogue::Operation& operation) {
  return path.starts_with("/organizations/") && operation.path().starts_with("/orgs/{org}/");
}

std::optional<std::string> callers_link(const Link& link, const AskedOf& asked) {
  const auto url = asked.host.redirected(asked.host.api() + "/", link.url);
  if (!url) return std::nullopt;
  const std::string_view target = std::string_view(*url).substr(asked.host.api().size());
  const std::string_view path = target.substr(0, target.find('?'));
  const bool is_same =
      leads_to_the_same(target, asked, Naming::kByIdOrName) || is_list_of_organization(path, asked.operation);
  QueryValues query(asked.operation);
  if (!is_same || !query.set_all(query_of(target))) return std::nullopt;
  return "<" + std::string(kOperationsPath) + "?" + query.text() + ">; rel=\"" + std::string(link.relation) +
         "\"";
}

}  // namespace

bool leads_to_the_same(std::string_view target, const AskedOf& asked, Naming naming) {
  const auto found = catalogue::match("GET", target.substr(0, target.find('?')));
  if (!found || found->operation() != asked.operation) return false;
  if (found->repository_id()) return found->repository_id() == asked.id;
  if (naming == Naming::kByIdAlone) return false;
  if (!asked.operation.is_of_repository()) return true;
  const auto owner = percent_decode(found->parameter("owner").value_or(""));
  const auto name = percent_decode(found->parameter("repo").value_or(""));
  if (!owner || !name) return false;
  const Result<policy::Repository> repository = policy::Repository::parse(*owner + "/" + *name);
  return repository && *repository == asked.repository;
}

std::string callers_links(std::string_view link, const AskedOf& asked) {
  std::string text;
  for (const Link& one : links_in(link)) {
    if (std::ranges::find(kRelations, one.relation) == kRelations.end()) continue;
    const std::optional<std::string> usable = callers_link(one, asked);
    if (usable) text.append(text.empty() ? "" : ", ").append(*usable);
  }
  return text;
}

}  // namespace hubwarden::delivery
