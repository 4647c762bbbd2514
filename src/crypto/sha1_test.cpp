#include "crypto/sha1.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace hubwarden::crypto {
namespace {

TEST(Sha1, AgreesWithThePublishedVectors) {
  // FIPS 180-2, appendix A
  EXPECT_EQ(hex(sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

}  // namespace
}  // namespace hubwarden::crypto
