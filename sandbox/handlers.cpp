#include "sandbox/handlers.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sandbox/rest_apps.h"
#include "sandbox/rest_checks.h"
#include "sandbox/rest_commits.h"
#include "sandbox/rest_hooks.h"
#include "sandbox/rest_issues.h"
#include "sandbox/rest_labels.h"
#include "sandbox/rest_meta.h"
#include "sandbox/rest_pulls.h"
#include "sandbox/rest_redirects.h"
#include "sandbox/rest_repositories.h"
#include "sandbox/rest_search.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::pair<std::string_view, Serve> kServed[] = {
    {"meta/root", get_root},
    {"meta/get", get_meta},
    {"rate-limit/get", get_rate_limit},
    {"users/get-authenticated", get_user},
    {"apps/get-authenticated", get_app},
    {"apps/list-webhook-deliveries", list_deliveries},
    {"apps/get-webhook-delivery", get_delivery},
    {"apps/list-installations", list_installations},
    {"apps/get-installation", get_installation},
    {"apps/delete-installation", delete_installation},
    {"apps/create-installation-access-token", create_access_token},
    {"apps/suspend-installation", suspend_installation},
    {"apps/unsuspend-installation", unsuspend_installation},
    {"apps/get-org-installation", get_account_installation},
    {"apps/get-user-installation", get_account_installation},
    {"apps/get-repo-installation", get_repository_installation},
    {"apps/list-repos-accessible-to-installation", list_installation_repositories},
    {"apps/revoke-installation-access-token", revoke_token},
    {"repos/get", get_repository},
    {"repos/get-content", get_contents},
    {"repos/create-or-update-file-contents", put_contents},
    {"issues/list-for-repo", list_issues},
    {"issues/create", create_issue},
    {"issues/get", get_issue},
    {"issues/update", update_issue},
    {"issues/list-comments", list_comments},
    {"issues/create-comment", create_comment},
    {"pulls/list", list_pulls},
    {"pulls/get", get_pull},
    {"pulls/create", create_pull},
    {"pulls/list-files", list_pull_files},
    {"checks/create", create_check},
    {"checks/get", get_check},
    {"checks/update", update_check},
    {"checks/list-for-ref", list_checks},
    {"issues/list-labels-on-issue", list_issue_labels},
    {"issues/add-labels", add_labels},
    {"issues/set-labels", set_labels},
    {"issues/remove-label", remove_label},
    {"issues/remove-all-labels", remove_all_labels},
    {"search/issues-and-pull-requests", search_issues},
    {"repos/list-branches", list_branches},
    {"repos/get-branch", get_branch},
    {"repos/get-commit", get_commit},
    {"repos/download-tarball-archive", redirect_to_archive},
    {"repos/download-zipball-archive", redirect_to_archive},
    {"repos/get-release-asset", get_release_asset},
    {"actions/download-artifact", redirect_to_artifact},
    {"actions/download-job-logs-for-workflow-run", redirect_to_logs},
    {"actions/download-workflow-run-attempt-logs", redirect_to_logs},
    {"actions/download-workflow-run-logs", redirect_to_logs},
};

}  // namespace

Serve handler_of(std::string_view operation) {
  const auto found = std::find_if(std::begin(kServed), std::end(kServed),
                                  [&](const auto& one) { return one.first == operation; });
  return found == std::end(kServed) ? nullptr : found->second;
}

}  // namespace hubwarden::sandbox
