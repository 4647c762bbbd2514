// The section `records`: a file, or a PostgreSQL.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/fake_files.h"
#include "config/load.h"
#include "config/values.h"

namespace hubwarden::config {
namespace {

using testing::HasSubstr;
using testing::Not;

class RecordsSection : public testing::Test {
 protected:
  // What is wrong with it, or what it warns of, or nothing.
  std::string complaint(std::string yaml) {
    files_.add("/password", "open sesame\n").add("hubwarden.yaml", std::move(yaml));
    const auto loaded = load(Arguments{}, Environment(), files_);
    if (!loaded) return loaded.error().front().text();
    records_ = loaded->config.records;
    for (const Problem& warning : loaded->warnings) {
      if (warning.text().find("records") != std::string::npos) return "warned: " + warning.text();
    }
    return "";
  }

  FakeFiles files_;
  Records records_;
};

TEST_F(RecordsSection, AreInAFileUnlessAnUrlSaysOtherwise) {
  EXPECT_EQ(complaint("records: {path: /var/lib/records.db}"), "");
  EXPECT_EQ(records_.path, "/var/lib/records.db");
  EXPECT_EQ(records_.url, "");
  EXPECT_EQ(complaint("records: {url: 'postgresql://hw@db/hw?sslmode=verify-full', password: file:/password, "
                      "connections: 8}"),
            "");
  EXPECT_EQ(records_.url, "postgresql://hw@db/hw?sslmode=verify-full");
  EXPECT_EQ(records_.password->reveal(), "open sesame");
  EXPECT_EQ(records_.connections, 8U);
}

TEST_F(RecordsSection, AreInOnePlace) {
  EXPECT_THAT(complaint("records: {path: records.db, url: postgresql:///hw}"), HasSubstr("name two places"));
  EXPECT_THAT(complaint("records: {password: file:/password}"), HasSubstr("for records.url alone"));
  EXPECT_THAT(complaint("records: {url: postgresql:///hw, connections: 0}"), HasSubstr("connections"));
}

TEST_F(RecordsSection, HaveNoPasswordInTheirUrl) {
  for (const char* url :
       {"postgresql://hw:hush@db/hw", "postgresql://db/hw?user=hw&password=hush", "postgres://hw:hu@sh@db/hw",
        "postgresql://db/hw?p%61ssword=hush", "postgresql://hw@db/hw?sslpassword=hush"}) {
    const std::string said = complaint("records: {url: '" + std::string(url) + "'}");
    EXPECT_THAT(said, HasSubstr("belongs into records.password")) << url;
    EXPECT_THAT(said, Not(HasSubstr("hush"))) << url;
  }
}

TEST_F(RecordsSection, WarnOfANetworkThatIsTrusted) {
  EXPECT_THAT(complaint("records: {url: 'postgresql://hw@db.example.com/hw'}"), HasSubstr("verify-full"));
  EXPECT_THAT(complaint("records: {url: 'postgresql://hw@db/hw?sslmode=require'}"), HasSubstr("verify-full"));
  for (const char* url :
       {"postgresql:///hw", "postgresql:///hw?host=/run/postgresql", "postgresql://localhost/hw",
        "postgresql://hw@127.0.0.1:5433/hw", "postgresql://[::1]/hw",
        "postgresql://hw@db/hw?sslmode=verify-ca&sslrootcert=/etc/ca.pem"}) {
    EXPECT_EQ(complaint("records: {url: '" + std::string(url) + "'}"), "") << url;
  }
}

TEST(PostgresUrl, IsOneThatPostgresqlReads) {
  for (const char* url :
       {"postgresql://hw@db.example.com:5432/hw", "postgres://db", "postgresql://a:5432,b:5433/hw",
        "postgresql://[::1]:5432/hw?target_session_attrs=read-write",
        "postgresql://%2Frun%2Fpostgresql/hw"}) {
    EXPECT_TRUE(parse_postgres_url(url)) << url;
  }
  for (const char* url : {"", "postgresql:", "mysql://db/hw", "host=db dbname=hw", "postgresql://db:x/hw",
                          "postgresql://db:0/hw", "postgresql://db:65536/hw", "postgresql://d b/hw",
                          "postgresql://db/hw?options=-c%20x", "postgresql://db/hw?%zz=1",
                          "postgresql://u:pa/ss@host/db", "postgresql://db/hw?service=other"}) {
    EXPECT_FALSE(parse_postgres_url(url)) << url;
  }
}

}  // namespace
}  // namespace hubwarden::config
