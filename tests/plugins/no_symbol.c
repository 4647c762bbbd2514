/* A shared object that is no plugin. */
int hubwarden_plugin_of_another_name(void);
__attribute__((visibility("default"))) int hubwarden_plugin_of_another_name(void) {
  return 0;
}
