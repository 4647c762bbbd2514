#include "apps/hubwarden/serve.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "apps/hubwarden/exit_status.h"
#include "apps/hubwarden/wiring.h"
#include "config/coherence.h"
#include "config/load.h"
#include "obs/stderr_log.h"

namespace hubwarden::apps {
namespace {

using Loading = std::expected<config::Loaded, std::vector<config::Problem>>;

Loading load(const ServeOptions& options) {
  Loading loaded =
      config::load({.path = options.config_path}, config::process_environment(), config::SystemFiles());
  if (!loaded || options.i_know) return loaded;
  std::vector<config::Problem> exposed = config::exposed_without_tls(loaded->config);
  if (!exposed.empty()) return std::unexpected(std::move(exposed));
  return loaded;
}

// A dump of this process would hold every token.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
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

}  // namespace

int run_serve(const ServeOptions& options) {
  forbid_core_dumps();
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
  const sigset_t signals = block_signals();
  Result<std::unique_ptr<Wiring>> hubwarden = Wiring::start(std::move(loaded->config), *log);
  if (!hubwarden) {
    log->error("server.not_started", {{"problem", hubwarden.error().message()}});
    return hubwarden.error().fix() == Fix::kOperator ? kConfigurationError : kFailed;
  }
  if (options.ready_file) write_ready_file(*options.ready_file, (*hubwarden)->ports());
  serve_until_told(**hubwarden, options, signals, *log);
  log->info("server.stopping", {});
  const std::size_t cut = (*hubwarden)->stop();
  log->info("server.stopped", {{"requests_cut", cut}});
  // What was acknowledged is on disk. A thread that is stuck in a plugin would otherwise be waited for, for
  // ever.
  if ((*hubwarden)->is_held_by_plugins()) std::_Exit(kDone);
  return kDone;
}

}  // namespace hubwarden::apps
