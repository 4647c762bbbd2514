#include "apps/hubwarden/hardening.h"

#include <linux/sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <string>

namespace hubwarden::apps {
namespace {

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

// What neither hubwarden nor the libraries that it uses need. Those that this architecture does not have are
// skipped by libseccomp.
constexpr int kNeverNeeded[] = {
    // Other processes, and one's own from outside.
    SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(kcmp),
    SCMP_SYS(pidfd_getfd),
    // Large parts of the kernel that attacks on it like to begin with.
    SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register), SCMP_SYS(personality),
    // Other views of the system. clone(2) can make them, too: see refuse_namespaces().
    SCMP_SYS(mount), SCMP_SYS(umount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(move_mount),
    SCMP_SYS(open_tree), SCMP_SYS(fsopen), SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fspick),
    SCMP_SYS(mount_setattr), SCMP_SYS(chroot), SCMP_SYS(setns), SCMP_SYS(unshare),
    // The kernel's code and keys.
    SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(init_module), SCMP_SYS(finit_module),
    SCMP_SYS(delete_module), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl),
    // The machine.
    SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(reboot), SCMP_SYS(quotactl), SCMP_SYS(quotactl_fd),
    SCMP_SYS(acct), SCMP_SYS(iopl), SCMP_SYS(ioperm),
    // The clock. The C library makes none of these by itself; that adjtimex(2) can also just ask is of no use
    // here.
    SCMP_SYS(settimeofday), SCMP_SYS(stime), SCMP_SYS(clock_settime), SCMP_SYS(clock_settime64),
    SCMP_SYS(clock_adjtime), SCMP_SYS(clock_adjtime64), SCMP_SYS(adjtimex)};

// At the end of a program AddressSanitizer looks for leaks by means of ptrace(2).
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kLooksForLeaks = true;
#else
constexpr bool kLooksForLeaks = false;
#endif

constexpr int kStartingPrograms[] = {SCMP_SYS(execve), SCMP_SYS(execveat)};

// CLONE_NEWTIME is none of clone(2)'s: its bit means something else there.
constexpr scmp_datum_t kNamespaces[] = {CLONE_NEWCGROUP, CLONE_NEWIPC,  CLONE_NEWNET, CLONE_NEWNS,
                                        CLONE_NEWPID,    CLONE_NEWUSER, CLONE_NEWUTS};

#if defined(__s390x__) || defined(__s390__)
constexpr unsigned kFlagsOfClone = 1;
#else
constexpr unsigned kFlagsOfClone = 0;
#endif

int refuse(scmp_filter_ctx filter, std::span<const int> calls) {
  for (const int call : calls) {
    if (kLooksForLeaks && call == SCMP_SYS(ptrace)) continue;
    const int status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0);
    if (status != 0) return status;
  }
  return 0;
}

// The flags of clone3(2) stand in memory, where a filter cannot look. It is said not to exist, and the C
// library takes clone(2), whose flags are an argument.
int refuse_namespaces(scmp_filter_ctx filter) {
  for (const scmp_datum_t flag : kNamespaces) {
    const int status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                                        SCMP_CMP64(kFlagsOfClone, SCMP_CMP_MASKED_EQ, flag, flag));
    if (status != 0) return status;
  }
  return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

int fill(scmp_filter_ctx filter, Programs programs) {
  // The kernel's own error numbers.
  int status = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
  // All threads at once, or none.
  if (status == 0) status = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
  // A binary tree: few steps for the calls that are allowed, which are all that are made.
  if (status == 0) status = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  // 32-bit and x32 calls have other numbers, which no rule below knows. To end one thread would leave a
  // broker that stands still.
  if (status == 0) status = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  if (status == 0) status = refuse(filter, kNeverNeeded);
  if (status == 0) status = refuse_namespaces(filter);
  if (status == 0 && programs == Programs::kNone) status = refuse(filter, kStartingPrograms);
  return status;
}

}  // namespace

void hide_memory() {
  prctl(PR_SET_DUMPABLE, 0);
}

void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

bool forbid_new_privileges() {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

Result<> refuse_system_calls(Programs programs) {
  const Filter filter(seccomp_init(SCMP_ACT_ALLOW));
  if (filter == nullptr) return fail(ErrorCode::kUnavailable, "seccomp: no filter can be made");
  int status = fill(filter.get(), programs);
  if (status == 0) status = seccomp_load(filter.get());
  if (status != 0) return fail(ErrorCode::kUnavailable, std::string("seccomp: ") + std::strerror(-status));
  return {};
}

}  // namespace hubwarden::apps
