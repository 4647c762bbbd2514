#pragma once

// What a process that holds secrets gives up, for good: dumps, privileges by way of the programs that it
// starts, and system calls that a broker never makes. docs/decisions/015-process-hardening.md has the
// reasons.
//
//   hide_memory();                                            // the first thing of all
//   const bool kept = forbid_new_privileges();                // before there are threads
//   …                                                         // plugins are loaded, sockets listen
//   const Result<> refused = refuse_system_calls(Programs::kNone);
//
// From the main thread. Threads and programs that are started later inherit all of it but hide_memory().

#include "base/error.h"

namespace hubwarden::apps {

// Whether anything in this process has a reason to start another program.
enum class Programs { kNone, kMayBeStarted };

// Others cannot look into this process, and no dump of it is written. A program that takes its place
// (execve(2)) begins without it.
void hide_memory();

// No dumps whatever else is configured. Programs that are started later inherit it.
void forbid_core_dumps();

// Programs that are started from here on get no privileges by setuid bits or file capabilities. False where
// the kernel does not know it.
bool forbid_new_privileges();

// From here on, and in all threads, these fail with EPERM, and calls by another architecture's numbers end
// the process. An error (kUnavailable) where the kernel, or a sandbox around this process, does not allow a
// filter: nothing is refused then.
Result<> refuse_system_calls(Programs programs);

}  // namespace hubwarden::apps
