#include "apps/hubwarden/serve.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "apps/hubwarden/exit_status.h"
#include "apps/hubwarden/hardening.h"
#include "apps/hubwarden/wiring.h"
#include "config/coherence.h"
#include "config/load.h"
#include "obs/stderr_log.h"

namespace hubwarden::apps {
namespace {

// What a slow reader of the log is waited for, at an end by force.
constexpr std::chrono::seconds kLastLines{5};

using Loading = std::expected<config::Loaded, std::vector<config::Problem>>;

Loading load(const ServeOptions& options) {
  Loading loaded =
      config::load({.path = options.config_path}, config::process_environment(), config::SystemFiles());
  if (!loaded || options.i_know) return loaded;
  std::vector<config::Problem> exposed = config::exposed_without_tls(loaded->config);
  if (!exposed.empty()) return std::unexpected(std::move(exposed));
  return loaded;
}

// Each connection is a descriptor, and many systems start programs with 1,024.
void allow_all_descriptors() {
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return;
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit(RLIMIT_NOFILE, &descriptors);
}

// Blocked in every thread that is started later; the main thread takes them one by one.
sigset_t block_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// Once all is open that needs more. A kernel or a container that cannot do it is no reason not to serve.
void give_up_privileges(bool has_no_new_privileges, Programs programs, obs::Log& log) {
  const Result<> refused = refuse_system_calls(programs);
  const std::string problem = refused ? "" : refused.error().message();
  const bool starts_programs = programs == Programs::kMayBeStarted;
  if (refused && has_no_new_privileges) {
    log.info("server.hardened",
             {{"no_new_privs", true}, {"seccomp", true}, {"starts_programs", starts_programs}});
  } else {
    log.warning("server.not_hardened", {{"no_new_privs", has_no_new_privileges},
                                        {"seccomp", refused.has_value()},
                                        {"problem", std::string_view(problem)}});
  }
}

void write_ready_file(const std::string& path, const std::vector<std::uint16_t>& ports) {
  const std::string draft = path + ".new";
  std::ofstream out(draft);
  out << "{\"pid\":" << getpid() << ",\"ports\":[";
  for (std::size_t i = 0; i < ports.size(); ++i) out << (i == 0 ? "" : ",") << ports[i];
  out << "]}\n";
  out.close();
  std::rename(draft.c_str(), path.c_str());
}

void reload(Wiring& hubwarden, const ServeOptions& options, obs::Log& log) {
  Loading loaded = load(options);
  if (!loaded) {
    for (const config::Problem& problem : loaded.error()) {
      log.error("config.refused", {{"problem", std::string_view(problem.text())}});
    }
    return;
  }
  const Result<> reloaded = hubwarden.reload(std::move(loaded->config));
  if (reloaded) {
    log.info("config.reloaded", {});
  } else {
    log.error("config.refused", {{"problem", reloaded.error().message()}});
  }
}

void serve_until_told(Wiring& hubwarden, const ServeOptions& options, const sigset_t& signals,
                      obs::Log& log) {
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP) return;
    reload(hubwarden, options, log);
  }
}

int serve(config::Config config, bool has_no_new_privileges, const ServeOptions& options, obs::Log& log) {
  const sigset_t signals = block_signals();
  // A plugin is the operator's own code, and may start programs.
  const Programs programs = config.plugins.empty() ? Programs::kNone : Programs::kMayBeStarted;
  Result<std::unique_ptr<Wiring>> hubwarden = Wiring::start(std::move(config), log);
  if (!hubwarden) {
    log.error("server.not_started", {{"problem", hubwarden.error().message()}});
    return hubwarden.error().fix() == Fix::kOperator ? kConfigurationError : kFailed;
  }
  give_up_privileges(has_no_new_privileges, programs, log);
  if (options.ready_file) write_ready_file(*options.ready_file, (*hubwarden)->ports());
  serve_until_told(**hubwarden, options, signals, log);
  log.info("server.stopping", {});
  const std::size_t cut = (*hubwarden)->stop();
  log.info("server.stopped", {{"requests_cut", cut}});
  // What was acknowledged is on disk. A thread that is stuck in a plugin would otherwise be waited for, for
  // ever.
  if ((*hubwarden)->is_held_by_plugins()) {
    log.write_out(kLastLines);
    std::_Exit(kDone);
  }
  return kDone;
}

}  // namespace

int run_serve(const ServeOptions& options) {
  // A dump of this process would hold every token.
  forbid_core_dumps();
  // Before there are threads, which inherit it, and plugins.
  const bool has_no_new_privileges = forbid_new_privileges();
  allow_all_descriptors();
  umask(077);
  Loading loaded = load(options);
  if (!loaded) {
    for (const config::Problem& problem : loaded.error())
      std::fprintf(stderr, "%s\n", problem.text().c_str());
    return kConfigurationError;
  }
  const SystemClock clock;
  const std::unique_ptr<obs::Log> log =
      obs::make_stderr_log(loaded->config.log.format, loaded->config.log.level, clock);
  for (const config::Problem& warning : loaded->warnings) {
    log->warning("config.warning", {{"problem", std::string_view(warning.text())}});
  }
  return serve(std::move(loaded->config), has_no_new_privileges, options, *log);
}

}  // namespace hubwarden::apps
