#include "http/curl_memory.h"

#include <curl/curl.h>
#include <malloc.h>
#include <string.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/check.h"

namespace hubwarden::http {
namespace {

void wiping_free(void* block) {
  if (block == nullptr) return;
  explicit_bzero(block, malloc_usable_size(block));
  std::free(block);
}

// Never in place: the C library's own would leave the old bytes behind when it moves them.
void* wiping_realloc(void* block, std::size_t size) {
  void* grown = std::malloc(size);
  if (grown == nullptr || block == nullptr) return grown;
  std::memcpy(grown, block, std::min(size, malloc_usable_size(block)));
  wiping_free(block);
  return grown;
}

bool start() {
  // libcurl would write the keys of every TLS session into the file that this names.
  unsetenv("SSLKEYLOGFILE");
  // OpenSSL writes to sockets with write(2), and libcurl cannot shield that in a program with threads.
  std::signal(SIGPIPE, SIG_IGN);
  return curl_global_init_mem(CURL_GLOBAL_DEFAULT, std::malloc, wiping_free, wiping_realloc, strdup,
                              std::calloc) == CURLE_OK;
}

}  // namespace

void start_curl() {
  static const bool started = start();
  HW_CHECK(started);
}

}  // namespace hubwarden::http
