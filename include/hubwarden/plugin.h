#pragma once

/* A plugin of hubwarden: a shared object that puts variables into workspaces' boot environments, and may have
 * GitHub tokens where no App is configured. Plain C: nothing of C++ crosses this border. How to write, build
 * and configure one: docs/plugins.md.
 *
 *   static int environment(void* self, const hubwarden_workspace* workspace,
 *                          hubwarden_environment* environment, hubwarden_error* error) {
 *     return environment->set(environment, hubwarden_text_of("TEAM"), hubwarden_text_of("red"));
 *   }
 *   static const hubwarden_plugin plugin = {
 *       HUBWARDEN_PLUGIN_ABI, sizeof plugin, NULL, NULL, environment, NULL,
 *   };
 *   const hubwarden_plugin* hubwarden_plugin_entry(uint32_t host_abi) {
 *     return host_abi == HUBWARDEN_PLUGIN_ABI ? &plugin : NULL;
 *   }
 *
 * Ownership: whatever one side gives the other stays its own. What hubwarden passes in is valid until the
 * call returns; what a plugin passes to `set` and `give` is copied before they return. Nothing is ever freed
 * by the other side. `hubwarden_plugin` lives as long as the process.
 *
 * Threads: `open` and `close` are called once each, from one thread. `environment` and `token` are called
 * from several threads at the same time. `set`, `get`, `unset` and `give` may be called only from the thread
 * that was called, and only until the call returns.
 *
 * Time: a call may block. hubwarden waits for `limits.request_timeout` (25 s) in all, then fails its own
 * caller; a call that never returns keeps one of four threads for good. Points in time are seconds since
 * 1970, UTC.
 *
 * Errors: a status, and a message for the operator. It must not hold a secret: it is logged. No C++ exception
 * may leave a function that is `noexcept`; any other is caught, and is a failure.
 *
 * Lifetime: loaded once when hubwarden starts, never unloaded.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of this header. It changes when a plugin that was built with an older header would no longer work. */
#define HUBWARDEN_PLUGIN_ABI 1u

#define HUBWARDEN_PLUGIN_EXPORT __attribute__((visibility("default")))

/* What calls return. */
enum hubwarden_status {
  HUBWARDEN_OK = 0,
  HUBWARDEN_FAILED = 1,      /* the operator has to do something; the message says what */
  HUBWARDEN_UNAVAILABLE = 2, /* trouble that passes; asking again later is worth it */
  HUBWARDEN_DECLINED = 3,    /* of `token` alone: there is no token for this */
  HUBWARDEN_REFUSED = 4      /* of hubwarden's functions: not taken, and the plugin's call will fail */
};

/* Bytes, not ended by NUL. */
typedef struct hubwarden_text {
  const char* data;
  size_t size;
} hubwarden_text;

static inline hubwarden_text hubwarden_text_of(const char* text) {
  hubwarden_text result;
  result.data = text;
  result.size = text == NULL ? 0 : strlen(text);
  return result;
}

/* Empty when the plugin is called. It may write a message: UTF-8, ended by NUL. */
typedef struct hubwarden_error {
  char message[512];
} hubwarden_error;

/* One of `plugins[].options` of the configuration. */
typedef struct hubwarden_option {
  const char* name;
  const char* value;
} hubwarden_option;

/* Who boots. */
typedef struct hubwarden_workspace {
  const char* id;
  const char* const* repositories; /* "acme/widgets" */
  size_t repository_count;
  const char* const* permissions; /* "contents:write" */
  size_t permission_count;
} hubwarden_workspace;

/* The variables so far: hubwarden's own and those of the plugins that are configured before this one. If the
 * call fails, all of its changes are dropped. */
typedef struct hubwarden_environment {
  void* host; /* hubwarden's */
  /* The value, or data == NULL. Valid until this variable is changed or the call returns. */
  hubwarden_text (*get)(const struct hubwarden_environment* environment, hubwarden_text name);
  /* Adds or replaces. Names are [A-Za-z_][A-Za-z0-9_]* of at most 128 bytes; values UTF-8 without NUL, at
   * most 64 KiB; all together at most 256 variables and 256 KiB. HUBWARDEN_OK or HUBWARDEN_REFUSED. */
  int (*set)(struct hubwarden_environment* environment, hubwarden_text name, hubwarden_text value);
  /* Takes it away, if it is there. HUBWARDEN_OK. */
  int (*unset)(struct hubwarden_environment* environment, hubwarden_text name);
} hubwarden_environment;

/* What a token is wanted for. hubwarden has checked that its caller may have this much. A plugin must not
 * give more: hubwarden cannot see what a token may do. */
typedef struct hubwarden_wish {
  const char* host;                /* "github.example.com": one of `plugins[].hosts` */
  const char* const* repositories; /* "acme/widgets"; none: all that there are */
  size_t repository_count;
  const char* const* permissions; /* "contents:read"; none: all that there are */
  size_t permission_count;
  int64_t min_seconds; /* it has to live so long at least, from now */
} hubwarden_wish;

#define HUBWARDEN_NEVER INT64_MAX

typedef struct hubwarden_token {
  void* host; /* hubwarden's */
  /* Printable ASCII without blanks, quotes and backslashes, at most 8 KiB; when it ends, or HUBWARDEN_NEVER.
   * A token that has ended, or will before `min_seconds`, is not taken. HUBWARDEN_OK or HUBWARDEN_REFUSED. */
  int (*give)(struct hubwarden_token* answer, hubwarden_text token, int64_t expires_at);
} hubwarden_token;

typedef struct hubwarden_plugin {
  uint32_t abi;  /* HUBWARDEN_PLUGIN_ABI */
  uint32_t size; /* sizeof(hubwarden_plugin) */
  /* May be NULL: then there are no options, and `self` is NULL. */
  int (*open)(const hubwarden_option* options, size_t count, void** self, hubwarden_error* error);
  /* May be NULL. Not called if `open` failed, or while another call has not returned. */
  void (*close)(void* self);
  /* One of these may be NULL. */
  int (*environment)(void* self, const hubwarden_workspace* workspace, hubwarden_environment* environment,
                     hubwarden_error* error);
  int (*token)(void* self, const hubwarden_wish* wish, hubwarden_token* answer, hubwarden_error* error);
} hubwarden_plugin;

/* The one symbol that a plugin exports. NULL if it cannot work with a hubwarden of that ABI. */
HUBWARDEN_PLUGIN_EXPORT const hubwarden_plugin* hubwarden_plugin_entry(uint32_t host_abi);

#ifdef __cplusplus
}
#endif
