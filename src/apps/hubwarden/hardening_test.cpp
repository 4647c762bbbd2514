#include "apps/hubwarden/hardening.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <semaphore>
#include <span>
#include <string>
#include <thread>

namespace hubwarden::apps {
namespace {

struct SystemCall {
  const char* name;
  long number;
};

// Written down here once more, by the kernel's own numbers.
#define CALL(name)    \
  SystemCall {        \
    #name, SYS_##name \
  }
constexpr SystemCall kRefused[] = {
#if !defined(__SANITIZE_ADDRESS__)  // which needs it itself
    CALL(ptrace),
#endif
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(kcmp),
    SystemCall{"pidfd_getfd", 438},
    CALL(bpf),
    CALL(perf_event_open),
    CALL(userfaultfd),
    CALL(io_uring_setup),
    CALL(io_uring_enter),
    CALL(io_uring_register),
    CALL(personality),
    CALL(mount),
    CALL(umount2),
    CALL(pivot_root),
    CALL(move_mount),
    CALL(open_tree),
    CALL(fsopen),
    CALL(fsconfig),
    CALL(fsmount),
    CALL(fspick),
    SystemCall{"mount_setattr", 442},
    CALL(chroot),
    CALL(setns),
    CALL(unshare),
    CALL(kexec_load),
    CALL(kexec_file_load),
    CALL(init_module),
    CALL(finit_module),
    CALL(delete_module),
    CALL(add_key),
    CALL(request_key),
    CALL(keyctl),
    CALL(swapon),
    CALL(swapoff),
    CALL(reboot),
    CALL(quotactl),
    CALL(acct),
    CALL(settimeofday),
    CALL(clock_settime),
    CALL(clock_adjtime),
    CALL(adjtimex)};
constexpr SystemCall kOfPrograms[] = {CALL(execve), CALL(execveat)};
#undef CALL

// Runs `steps` in a process of its own, for what is given up does not come back. Its wait status.
int in_child(const std::function<int()>& steps) {
  const pid_t child = fork();
  if (child == 0) _exit(steps());
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

void expect_in_child(const std::function<bool()>& steps) {
  const int status = in_child([&] { return steps() ? 0 : 1; });
  EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// For a child, which has no test's means to complain.
bool holds(bool is_so, const char* what) {
  if (!is_so) std::fprintf(stderr, "not so: %s (errno %d)\n", what, errno);
  return is_so;
}

// With arguments that are wrong for all of them, so that nothing happens where it is not refused.
int error_of(long number) {
  errno = 0;
  return syscall(number, -1L, -1L, -1L, -1L, -1L, -1L) == -1 ? errno : 0;
}

bool all_refused(std::span<const SystemCall> calls) {
  bool all = true;
  for (const SystemCall& call : calls) all = holds(error_of(call.number) == EPERM, call.name) && all;
  return all;
}

bool is_harmed() {
  int ends[2] = {};
  bool fine = holds(getppid() > 0, "getppid");
  fine = holds(pipe2(ends, O_CLOEXEC) == 0 && write(ends[1], "x", 1) == 1, "a pipe") && fine;
  fine = holds(socket(AF_INET, SOCK_STREAM, 0) >= 0, "a socket") && fine;
  fine = holds(open("/proc/self/status", O_RDONLY) >= 0, "a file") && fine;
  bool ran = false;
  std::thread([&ran] { ran = true; }).join();
  return !(holds(ran, "a thread") && fine);
}

int exit_status_of_true() {
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/true", "true", nullptr);
    _exit(errno);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

TEST(Hardening, RefusesWhatABrokerNeverNeedsAndLeavesTheRest) {
  expect_in_child([] {
    return holds(refuse_system_calls(Programs::kNone).has_value(), "the filter") && all_refused(kRefused) &&
           !is_harmed();
  });
}

TEST(Hardening, RefusesTheStartOfProgramsUnlessSomethingMay) {
  expect_in_child([] {
    return refuse_system_calls(Programs::kNone).has_value() && all_refused(kOfPrograms) &&
           holds(exit_status_of_true() == EPERM, "no program is started");
  });
  expect_in_child([] {
    return refuse_system_calls(Programs::kMayBeStarted).has_value() &&
           holds(exit_status_of_true() == 0, "a program is started") && all_refused(kRefused);
  });
}

TEST(Hardening, LetsNobodyMakeANamespaceByAnotherWay) {
  expect_in_child([] {
    if (!refuse_system_calls(Programs::kNone)) return false;
    bool all = holds(error_of(SYS_clone3) == ENOSYS, "clone3");
    for (const int flag : {CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID,
                           CLONE_NEWUSER, CLONE_NEWUTS}) {
      const long made = syscall(SYS_clone, static_cast<long>(flag | SIGCHLD), 0L, 0L, 0L, 0L);
      if (made == 0) _exit(0);
      all = holds(made == -1 && errno == EPERM, "clone") && all;
    }
    return all;
  });
}

TEST(Hardening, HoldsForThreadsThatThereWereBefore) {
  expect_in_child([] {
    std::binary_semaphore refused(0);
    bool is_refused = false;
    std::thread before([&] {
      refused.acquire();
      is_refused = all_refused(kRefused);
    });
    const bool done = refuse_system_calls(Programs::kNone).has_value();
    refused.release();
    before.join();
    return done && holds(is_refused, "in the other thread");
  });
}

#if defined(__x86_64__)
// x32 is a bit in the number; i386 comes by an interrupt of its own (20 is its getpid).
TEST(Hardening, EndsAProcessThatTakesAnotherArchitecturesNumbers) {
  const int x32 = in_child([] {
    if (!refuse_system_calls(Programs::kNone)) return 1;
    syscall(0x40000000L | SYS_getpid);
    return 0;
  });
  EXPECT_TRUE(WIFSIGNALED(x32) && WTERMSIG(x32) == SIGSYS) << x32;
  const int i386 = in_child([] {
    if (!refuse_system_calls(Programs::kNone)) return 1;
    long result = 20;
    asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    return 0;
  });
  // A kernel without 32-bit programs has nothing behind that interrupt.
  EXPECT_TRUE(WIFSIGNALED(i386) && (WTERMSIG(i386) == SIGSYS || WTERMSIG(i386) == SIGSEGV)) << i386;
}
#endif

// As in a container whose own filter does not let anybody add one.
TEST(Hardening, SaysThatItIsNotPossibleAndRefusesNothingThen) {
  expect_in_child([] {
    const scmp_filter_ctx around = seccomp_init(SCMP_ACT_ALLOW);
    if (seccomp_rule_add(around, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(seccomp), 0) != 0) return false;
    if (seccomp_load(around) != 0) return false;
    const Result<> refused = refuse_system_calls(Programs::kNone);
    return holds(!refused && refused.error().message().starts_with("seccomp: "), "an error") &&
           holds(exit_status_of_true() == 0, "programs are started as before") && !is_harmed();
  });
}

TEST(Hardening, KeepsDumpsAndPrivilegesAway) {
  expect_in_child([] {
    hide_memory();
    forbid_core_dumps();
    rlimit limit{1, 1};
    getrlimit(RLIMIT_CORE, &limit);
    return holds(forbid_new_privileges(), "no_new_privs can be set") &&
           holds(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "no_new_privs") &&
           holds(prctl(PR_GET_DUMPABLE) == 0, "not dumpable") &&
           holds(limit.rlim_cur == 0 && limit.rlim_max == 0, "the limit of a core");
  });
}

}  // namespace
}  // namespace hubwarden::apps
