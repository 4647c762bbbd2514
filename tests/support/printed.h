#pragma once

// What a command prints, and its status.
//
//   const Printed done = printed([&] { return check_policy(options, files); });
//   EXPECT_EQ(done.status, 0);

#include <gtest/gtest.h>

#include <string>

namespace hubwarden::test {

struct Printed {
  int status;
  std::string out;
  std::string err;
};

template <class Command>
Printed printed(const Command& command) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int status = command();
  return {status, ::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
}

}  // namespace hubwarden::test
