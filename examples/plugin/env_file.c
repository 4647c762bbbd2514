/* A plugin whose variables, and maybe a token, stand in files that something else keeps up to date.
 *
 *   options:
 *     file: /etc/hubwarden/workspaces.env      lines of NAME=value; `#` starts a comment line
 *     token_file: /run/hubwarden/token         two lines: the token, and when it ends (seconds since 1970)
 *
 * Both are read anew at each call. What an earlier provider has set stays: this one only fills in.
 * Built by itself: cc -shared -fPIC -o env_file.so env_file.c
 */

#include <errno.h>
#include <hubwarden/plugin.h>
#include <stdio.h>
#include <stdlib.h>

enum { kMaxLine = 16 * 1024 };

struct settings {
  char *file;
  char *token_file;
};

static int fail(hubwarden_error *error, int status, const char *what, const char *about) {
  snprintf(error->message, sizeof error->message, "%s %s", what, about);
  return status;
}

static void close_plugin(void *self) {
  struct settings *settings = self;
  free(settings->file);
  free(settings->token_file);
  free(settings);
}

static int open_plugin(const hubwarden_option *options, size_t count, void **self, hubwarden_error *error) {
  struct settings *settings = calloc(1, sizeof *settings);
  if (settings == NULL) return fail(error, HUBWARDEN_UNAVAILABLE, "no memory", "");
  for (size_t i = 0; i < count; i++) {
    char **place = strcmp(options[i].name, "file") == 0         ? &settings->file
                   : strcmp(options[i].name, "token_file") == 0 ? &settings->token_file
                                                                : NULL;
    if (place == NULL) {
      close_plugin(settings);
      return fail(error, HUBWARDEN_FAILED, "unknown option", options[i].name);
    }
    free(*place);
    *place = strdup(options[i].value);
  }
  *self = settings;
  return HUBWARDEN_OK;
}

/* Without its line end; NULL at the end of the file. */
static char *next_line(FILE *file, char *line) {
  if (fgets(line, kMaxLine, file) == NULL) return NULL;
  line[strcspn(line, "\r\n")] = '\0';
  return line;
}

static int add_line(hubwarden_environment *environment, char *line) {
  char *equals = strchr(line, '=');
  hubwarden_text name;
  if (*line == '\0' || *line == '#') return HUBWARDEN_OK;
  if (equals == NULL) return HUBWARDEN_FAILED;
  name.data = line;
  name.size = (size_t)(equals - line);
  if (environment->get(environment, name).data != NULL) return HUBWARDEN_OK;
  return environment->set(environment, name, hubwarden_text_of(equals + 1));
}

static int environment(void *self, const hubwarden_workspace *workspace, hubwarden_environment *environment,
                       hubwarden_error *error) {
  const struct settings *settings = self;
  char line[kMaxLine];
  int status = HUBWARDEN_OK;
  FILE *file;
  (void)workspace;
  if (settings->file == NULL) return HUBWARDEN_OK;
  file = fopen(settings->file, "re");
  if (file == NULL) return fail(error, HUBWARDEN_FAILED, "cannot read its file:", strerror(errno));
  while (status == HUBWARDEN_OK && next_line(file, line) != NULL) status = add_line(environment, line);
  fclose(file);
  if (status == HUBWARDEN_FAILED) return fail(error, status, "its file has a line that is not", "NAME=value");
  return status;
}

static int token(void *self, const hubwarden_wish *wish, hubwarden_token *answer, hubwarden_error *error) {
  const struct settings *settings = self;
  char token_line[kMaxLine];
  char end_line[kMaxLine];
  int is_whole;
  FILE *file;
  (void)wish;
  if (settings->token_file == NULL) return HUBWARDEN_DECLINED;
  file = fopen(settings->token_file, "re");
  if (file == NULL) return fail(error, HUBWARDEN_UNAVAILABLE, "cannot read its token file:", strerror(errno));
  is_whole = next_line(file, token_line) != NULL && next_line(file, end_line) != NULL;
  fclose(file);
  if (!is_whole) return fail(error, HUBWARDEN_UNAVAILABLE, "its token file is not", "whole");
  return answer->give(answer, hubwarden_text_of(token_line), strtoll(end_line, NULL, 10));
}

static const hubwarden_plugin plugin = {
    HUBWARDEN_PLUGIN_ABI, sizeof plugin, open_plugin, close_plugin, environment, token,
};

const hubwarden_plugin *hubwarden_plugin_entry(uint32_t host_abi) {
  return host_abi == HUBWARDEN_PLUGIN_ABI ? &plugin : NULL;
}
