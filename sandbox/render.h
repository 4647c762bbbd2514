#pragma once

// GitHub's objects as JSON, in the shape of its OpenAPI description.

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "sandbox/world.h"

namespace hubwarden::sandbox {

// Where the sandbox is reached; without a slash at the end. On one host, unlike github.com's.
struct Urls {
  std::string api = "https://api.github.com";
  std::string web = "https://github.com";
  std::string files = "https://codeload.github.com";  // an origin of its own, without credentials
};

// Short-lived: refers to the world and the URLs.
class Render {
 public:
  Render(const World& world, const Urls& urls) : world_(world), urls_(urls) {}

  boost::json::object account(const Account& account) const;
  boost::json::object bot(const App& app) const;
  boost::json::object app(const App& app) const;
  boost::json::object installation(const Installation& installation) const;
  boost::json::object repository(const Repository& repository) const;
  // With what GET of one repository adds.
  boost::json::object full_repository(const Repository& repository) const;
  boost::json::object issue(const Repository& repository, const Issue& issue) const;
  boost::json::object comment(const Repository& repository, const Issue& issue, const Comment& comment) const;
  boost::json::object label(const Repository& repository, std::string_view name) const;
  // As it stands in a list; full_pull() has what GET of one adds. The issue is a pull request.
  boost::json::object pull(const Repository& repository, const Issue& issue) const;
  boost::json::object full_pull(const Repository& repository, const Issue& issue) const;
  // `sha` is the commit that has the file so.
  boost::json::object changed_file(const Repository& repository, std::string_view sha,
                                   const ChangedFile& file) const;
  boost::json::object commit(const Repository& repository, const Commit& commit) const;
  boost::json::object check_run(const Repository& repository, const CheckRun& check) const;

  std::string repository_url(const Repository& repository) const;
  std::string repository_page(const Repository& repository) const;

 private:
  boost::json::object user(std::uint64_t id, std::string_view login, std::string_view type) const;
  // The user who wrote it, or GitHub's "ghost" when the App is gone.
  boost::json::object author(AppId id) const;
  boost::json::object branch_of(const Repository& repository, const std::string& name,
                                const std::string& sha) const;

  const World& world_;
  const Urls& urls_;
};

boost::json::object render(const Permissions& permissions);
std::string node_id(std::string_view kind, std::uint64_t id);

}  // namespace hubwarden::sandbox
