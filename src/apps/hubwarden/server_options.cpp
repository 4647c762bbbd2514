#include "apps/hubwarden/server_options.h"

namespace hubwarden::apps {

void add_server_options(CLI::App& app, ServerOptions& server) {
  app.add_option("--url", server.url, "Where hubwarden is; HUBWARDEN_URL says it, too")
      ->capture_default_str();
  app.add_option("--ca-file", server.ca_file, "Authorities to trust instead of the system's (PEM)");
  app.add_option("--admin-token-file", server.admin_token_file,
                 "File with the operator's token, unless HUBWARDEN_ADMIN_TOKEN holds it");
  app.add_flag("--json", server.json, "Print JSON");
}

}  // namespace hubwarden::apps
