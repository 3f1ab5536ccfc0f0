// The functions of OpenSSL's libcrypto that popmix calls.
#ifndef POPMIX_CCRYPTO_H
#define POPMIX_CCRYPTO_H

#include <stddef.h>

/// SHA-256 of `count` bytes, 32 bytes in `digest`; returns `digest`.
unsigned char *SHA256(const unsigned char *bytes, size_t count, unsigned char *digest);

// A digest of bytes that come one after the other.
typedef struct evp_md_ctx_st EVP_MD_CTX;
typedef struct evp_md_st EVP_MD;
typedef struct engine_st ENGINE;

EVP_MD_CTX *EVP_MD_CTX_new(void);
void EVP_MD_CTX_free(EVP_MD_CTX *context);
const EVP_MD *EVP_sha256(void);
/// Begins a digest; returns 1, as do the two below.
int EVP_DigestInit_ex(EVP_MD_CTX *context, const EVP_MD *type, ENGINE *engine);
int EVP_DigestUpdate(EVP_MD_CTX *context, const void *bytes, size_t count);
/// Writes the digest, 32 bytes of SHA-256, and their number if `count` is not null.
int EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *digest, unsigned int *count);

#endif
