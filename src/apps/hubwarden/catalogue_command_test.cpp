#include "apps/hubwarden/catalogue_command.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "apps/hubwarden/catalogue_report.h"
#include "apps/hubwarden/exit_status.h"
#include "catalogue/operation.h"

namespace hubwarden::apps {
namespace {

using catalogue::find;
using catalogue::match;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using Access = CatalogueFilter::Access;

struct Printed {
  int status;
  std::string out;
  std::string err;

  std::ptrdiff_t lines() const { return std::ranges::count(out, '\n'); }
};

template <class Command>
Printed printed(const Command& command) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = command();
  return {status, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

Printed list(const CatalogueFilter& filter) {
  return printed([&] { return list_operations(filter); });
}

Printed show(std::vector<std::string> name) {
  WantedOperation wanted;
  wanted.name = std::move(name);
  return printed([&] { return show_operation(wanted); });
}

CatalogueFilter filter(CatalogueFilter::Access access, std::string permission, std::string category) {
  CatalogueFilter wanted;
  wanted.access = access;
  wanted.permission = std::move(permission);
  wanted.category = std::move(category);
  return wanted;
}

TEST(CatalogueReport, HasALineForEachOperation) {
  EXPECT_EQ(operation_line(find("issues/create").value()),
            "issues/create\tPOST\t/repos/{owner}/{repo}/issues\tissues=write\n");
  EXPECT_EQ(operation_line(find("meta/root").value()), "meta/root\tGET\t/\t-\n");
  EXPECT_EQ(operation_line(find("gists/create").value()),
            "gists/create\tPOST\t/gists\tgists=write (no installation tokens)\n");
}

TEST(CatalogueReport, TellsAllThatIsKnown) {
  EXPECT_EQ(operation_text(find("issues/create-comment").value(), std::nullopt),
            "issues/create-comment\n"
            "  POST /repos/{owner}/{repo}/issues/{issue_number}/comments\n"
            "  needs        issues=write; pull_requests=write\n"
            "  access       write\n"
            "  short name   create_pull_request_comment\n"
            "  category     issues\n"
            "  counted as   core\n"
            "  in the path  owner, repo, issue_number:integer\n"
            "  body         yes\n");
}

TEST(CatalogueReport, TellsByWhichPathItWasFound) {
  const auto found = match("GET", "/repositories/7/contents/a/b");
  EXPECT_THAT(operation_text(found->operation(), found),
              HasSubstr("  found by     repository 7, path=a/b\n"));
  EXPECT_THAT(operation_json(found->operation(), found),
              HasSubstr(R"("found":{"repository_id":7,"parameters":{"path":"a/b"}})"));
}

TEST(CatalogueReport, IsJsonForPrograms) {
  EXPECT_EQ(
      operation_json(find("repos/get-content").value(), std::nullopt),
      R"({"id":"repos/get-content","method":"GET","path":"/repos/{owner}/{repo}/contents/{path}",)"
      R"("category":"repos","access":"read","installation_tokens":true,"permissions_text":"contents=read",)"
      R"("permissions":[{"contents":"read"}],"short_names":[],"path_parameters":[)"
      R"({"name":"owner","type":"string","required":true,"spans_segments":false,"may_be_omitted":false,)"
      R"("values":"","minimum":null,"maximum":null},)"
      R"({"name":"repo","type":"string","required":true,"spans_segments":false,"may_be_omitted":false,)"
      R"("values":"","minimum":null,"maximum":null},)"
      R"({"name":"path","type":"string","required":false,"spans_segments":true,"may_be_omitted":true,)"
      R"("values":"","minimum":null,"maximum":null}],"query_parameters":[)"
      R"({"name":"ref","type":"string","required":false,"spans_segments":false,"may_be_omitted":false,)"
      R"("values":"","minimum":null,"maximum":null}],)"
      R"("body":false,"resource":"core","upload_host":false,"deprecated":false})"
      "\n");
}

TEST(CatalogueCommand, ListsAllOperationsAndThoseThatAreWanted) {
  const Printed all = list({});
  EXPECT_EQ(all.status, kDone);
  EXPECT_EQ(all.lines(), 1223);
  EXPECT_EQ(list(filter(Access::kRead, "", "")).lines() + list(filter(Access::kWrite, "", "")).lines(), 1223);
  EXPECT_THAT(list(filter(Access::kWrite, "checks", "checks")).out,
              AllOf(HasSubstr("checks/create\t"), Not(HasSubstr("checks/get\t")), Not(HasSubstr("issues/"))));
}

TEST(CatalogueCommand, ListsObjectsForPrograms) {
  CatalogueFilter emojis = filter(Access::kAny, "", "emojis");
  emojis.json = true;
  EXPECT_THAT(list(emojis).out, StartsWith(R"({"id":"emojis/get",)"));
  EXPECT_EQ(list(emojis).lines(), 1);
}

TEST(CatalogueCommand, ListsByAPermissionWhatIsDocumentedToNeedIt) {
  const Printed metadata = list(filter(Access::kAny, "metadata", ""));
  EXPECT_THAT(metadata.out, HasSubstr("repos/get\t"));
  EXPECT_THAT(metadata.out, Not(HasSubstr("meta/root\t")));
  EXPECT_THAT(list(filter(Access::kAny, "pull_requests", "")).out, HasSubstr("issues/create-comment\t"));
}

TEST(CatalogueCommand, RefusesToListByWhatIsNowhere) {
  const Printed permission = list(filter(Access::kAny, "contnts", ""));
  EXPECT_EQ(permission.status, kWrongUsage);
  EXPECT_EQ(permission.err, "hubwarden: no operation needs the permission \"contnts\"\n");
  EXPECT_EQ(permission.out, "");
  EXPECT_EQ(list(filter(Access::kAny, "", "isues")).status, kWrongUsage);
}

TEST(CatalogueCommand, ShowsByIdShortNamePathAndTemplate) {
  EXPECT_THAT(show({"issues/create"}).out, StartsWith("issues/create\n"));
  EXPECT_THAT(show({"create_issue"}).out, StartsWith("issues/create\n"));
  EXPECT_THAT(show({"GET", "/repos/acme/widgets/pulls/7?x=y"}).out,
              AllOf(StartsWith("pulls/get\n"), HasSubstr("pull_number=7")));
  EXPECT_THAT(show({"GET", "/repos/{owner}/{repo}/pulls/{pull_number}"}).out, StartsWith("pulls/get\n"));
  EXPECT_THAT(show({"GET", "/repos/{owner}/{repo}/compare/{base}...{head}"}).out,
              StartsWith("repos/compare-commits\n"));
}

TEST(CatalogueCommand, SaysThatThereIsNoSuchOperation) {
  const Printed slip = show({"issues/craete"});
  EXPECT_EQ(slip.status, kFailed);
  EXPECT_EQ(slip.out, "");
  EXPECT_EQ(slip.err, "hubwarden: no operation \"issues/craete\"; did you mean issues/create?\n");
  const Printed path = show({"POST", "/repos/acme/widgets\x1b"});
  EXPECT_EQ(path.status, kFailed);
  EXPECT_EQ(path.err, "hubwarden: no operation is POST /repos/acme/widgets\n");
}

}  // namespace
}  // namespace hubwarden::apps
