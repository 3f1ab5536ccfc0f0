// The one function of OpenSSL's libcrypto that popmix calls.
#ifndef POPMIX_CCRYPTO_H
#define POPMIX_CCRYPTO_H

#include <stddef.h>

/// SHA-256 of `count` bytes, 32 bytes in `digest`; returns `digest`.
unsigned char *SHA256(const unsigned char *bytes, size_t count, unsigned char *digest);

#endif
