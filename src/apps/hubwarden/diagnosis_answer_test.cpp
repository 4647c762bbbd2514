#include "apps/hubwarden/diagnosis_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hubwarden::apps {
namespace {

using git_credential::HttpReplyReader;
using ::testing::HasSubstr;

Result<DiagnosisAnswer> read(int status, std::string_view body) {
  HttpReplyReader reader;
  reader.feed("HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n" + std::string(body));
  return read_diagnosis(reader);
}

TEST(DiagnosisAnswer, IsReadFromHubwardensJson) {
  const auto answer =
      read(200, R"({"host":"github.com","repository":"acme/widgets","time":"2026-11-22T19:30:00Z",
    "clock_skew_seconds":-75,"source":"app","links":[{"link":"github","state":"ok"},
    {"link":"mint","state":"broken","error":"rate_limited","message":"m","detail":"d","fix":"wait","retry_after":9}]})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->repository->shown(), "acme/widgets");
  EXPECT_EQ(answer->clock_skew.count(), -75);
  EXPECT_TRUE(answer->time);
  ASSERT_EQ(answer->links.size(), 2U);
  EXPECT_EQ(answer->links[1].error, "rate_limited");
  EXPECT_EQ(answer->links[1].retry_after, std::chrono::seconds(9));
}

TEST(DiagnosisAnswer, IsARefusalOrNobodysAnswer) {
  EXPECT_EQ(read(401, R"({"error":"unauthenticated","message":"m","fix":"caller"})").error().code(),
            ErrorCode::kUnauthenticated);
  EXPECT_EQ(read(200, "<html>").error().code(), ErrorCode::kUpstreamProtocol);
  EXPECT_EQ(read(200, R"({"links":7})").error().code(), ErrorCode::kUpstreamProtocol);
  EXPECT_EQ(read(404, "nothing here").error().code(), ErrorCode::kUpstreamProtocol);
  EXPECT_TRUE(read(200, R"({"links":[7,{"link":3}],"time":"never","repository":"x"})"));
}

TEST(Readiness, SaysWhatIsNotReadyOrThatItIsSomebodyElse) {
  EXPECT_EQ(readiness_trouble(200, R"({"ready":true,"checks":{"server":"ok"}})"), "");
  EXPECT_EQ(readiness_trouble(503, R"({"ready":false,"checks":{"server":"draining","records":"ok"}})"),
            "server: draining");
  EXPECT_NE(readiness_trouble(503, R"({"ready":false})"), "");
  EXPECT_THAT(readiness_trouble(200, "<html>It works!"), HasSubstr("not hubwarden"));
  EXPECT_THAT(readiness_trouble(404, R"({"error":"not_found"})"), HasSubstr("404"));
}

TEST(LastComplaint, KeepsTheTellingLinesAndNoPasswords) {
  EXPECT_EQ(last_complaint("warning: x\nremote: Not Found\nfatal: could not read from "
                           "'https://agent:secret@github.com/acme/widgets/'\n"),
            "remote: Not Found; fatal: could not read from 'https://github.com/acme/widgets/'");
  EXPECT_EQ(last_complaint("fatal: unable to access 'https://github.com/a@b/': x\n"),
            "fatal: unable to access 'https://github.com/a@b/': x");
  EXPECT_EQ(last_complaint("fatal: https://agent:secret@host"), "fatal: https://host");
  EXPECT_EQ(last_complaint("hint: none\n"), "");
}

}  // namespace
}  // namespace hubwarden::apps
