#pragma once

// `hubwarden policy`: what a policy's files say, looked at without a server. Asks nobody.
//
//   check_policy({.path = "policy.yaml"}, config::SystemFiles())
//
// Data on stdout, complaints on stderr. Each returns the exit status; 3 for a policy, or a file of cases,
// that cannot be read as one.

#include <string>
#include <vector>

#include "config/files.h"

namespace hubwarden::apps {

struct PolicyToCheck {
  std::string path;  // a file or a directory, here and below
  bool json = false;
};

int check_policy(const PolicyToCheck& wanted, const config::FileReader& files);

struct PolicyQuestion {
  std::string path;
  std::string issuer;                     // its name in the policy
  std::vector<std::string> claims;        // "namespace=agents"; a name may come several times
  std::string operation;                  // either this
  std::string permissions;                // or these, of a token: "contents:read"
  std::vector<std::string> repositories;  // owner/name
  bool json = false;
};

// Whatever the policy says to it: 0. 2 for what is no question.
int explain_policy(const PolicyQuestion& question, const config::FileReader& files);

struct PolicyTest {
  std::string path;
  std::string cases;  // the file of them
  bool json = false;
};

// 1 if one of the cases is decided otherwise.
int test_policy(const PolicyTest& wanted, const config::FileReader& files);

struct PolicyComparison {
  std::string before;
  std::string after;
  std::string cases;  // empty: none
  bool json = false;
};

int diff_policies(const PolicyComparison& wanted, const config::FileReader& files);

}  // namespace hubwarden::apps
