// gzip files by zlib, whose inflateInit2 and deflateInit2 are macros that Swift does not see.
#ifndef POPMIX_CZLIB_H
#define POPMIX_CZLIB_H

#include <zlib.h>

/// Begins to inflate a gzip stream (window bits 15 + 16); returns Z_OK.
static inline int popmix_inflate_gzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

/// Begins to deflate into a gzip stream, for tests; returns Z_OK.
static inline int popmix_deflate_gzip(z_stream *stream) {
  return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

#endif
