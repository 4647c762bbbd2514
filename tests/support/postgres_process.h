#pragma once

// A PostgreSQL of the test's own, on a Unix socket in a directory of its own. It has nothing to do with a
// cluster that the system runs.
//
//   PostgresProcess postgres;
//   const std::string url = postgres.url(postgres.new_database());
//   postgres.stop();  postgres.start();
//   postgres.pause();  postgres.go_on();
//
// It is quick because it does not wait for the disk. It ends with the test, also when the test dies. Root
// starts it as nobody: PostgreSQL refuses root.

#include <libpq-fe.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "tests/support/child_process.h"

namespace hubwarden::test {

class PostgresProcess {
 public:
  PostgresProcess() {
    HW_CHECK(mkdtemp(directory_.data()) != nullptr);
    if (geteuid() == 0) HW_CHECK(chown(directory_.c_str(), nobody().pw_uid, nobody().pw_gid) == 0);
    run({program("initdb"), "-D", data(), "-U", "hubwarden", "--no-sync", "-E", "UTF8", "--locale", "C",
         "--auth-local", "trust", "--auth-host", "scram-sha-256"});
    std::ofstream(data() + "/pg_hba.conf") << "local all guarded scram-sha-256\nlocal all all trust\n";
    start();
  }
  ~PostgresProcess() {
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  PostgresProcess(const PostgresProcess&) = delete;
  PostgresProcess& operator=(const PostgresProcess&) = delete;

  std::string url(const std::string& database, const std::string& user = "hubwarden") const {
    return "postgresql:///" + database + "?host=" + directory_ + "&user=" + user;
  }
  // Empty.
  std::string new_database() {
    std::string name = "test_" + std::to_string(++databases_);
    execute("postgres", "CREATE DATABASE " + name);
    return name;
  }
  // The first column of the first row of the last statement, or nothing.
  std::string execute(const std::string& database, const std::string& sql) const {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> link(PQconnectdb(url(database).c_str()), PQfinish);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(link.get(), sql.c_str()), PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    HW_CHECK(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
  }

  void start() {
    server_ = std::make_unique<ChildProcess>(
        as_nobody({program("postgres"), "-D", data(), "-k", directory_, "-c", "listen_addresses=", "-c",
                   "fsync=off", "-c", "full_page_writes=off"}),
        log());
    for (int i = 0; i < 1000 && PQping(url("postgres").c_str()) != PQPING_OK; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    HW_CHECK(PQping(url("postgres").c_str()) == PQPING_OK);
  }
  // At once, as in a crash; what was committed is there at the next start.
  void stop() {
    if (!server_) return;
    go_on();
    server_->end(SIGQUIT);
    server_.reset();
  }
  // All of its processes: connections are accepted by the kernel, and nothing is answered.
  void pause() { signal_all(SIGSTOP); }
  void go_on() { signal_all(SIGCONT); }

 private:
  static const passwd& nobody() {
    const passwd* const found = getpwnam("nobody");
    HW_CHECK(found != nullptr);
    return *found;
  }
  static std::string program(const std::string& name) {
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
      const std::filesystem::path file = version.path() / "bin" / name;
      if (std::filesystem::exists(file)) return file;
    }
    HW_CHECK(false);  // the package postgresql is missing
    return "";
  }
  // Whose change of users would take the signal back that ChildProcess has arranged for.
  static std::vector<std::string> as_nobody(std::vector<std::string> command) {
    if (geteuid() != 0) return command;
    command.insert(command.begin(), {"setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups",
                                     "--pdeathsig", "KILL"});
    return command;
  }
  void run(std::vector<std::string> command) const {
    ChildProcess process(as_nobody(std::move(command)), log());
    HW_CHECK(process.wait() == 0);
  }
  void signal_all(int number) {
    server_->signal(number);
    const std::string id = std::to_string(server_->id());
    std::ifstream children("/proc/" + id + "/task/" + id + "/children");
    for (pid_t child = 0; children >> child;) ::kill(child, number);
  }
  std::string data() const { return directory_ + "/data"; }
  std::string log() const { return directory_ + "/log"; }

  // Not below TMPDIR, which may be the caller's alone.
  std::string directory_ = "/tmp/hubwarden-postgres-XXXXXX";
  int databases_ = 0;
  std::unique_ptr<ChildProcess> server_;
};

}  // namespace hubwarden::test
