// Inflating of gzip files with zlib, whose inflateInit2 is a macro that Swift does not see.
#ifndef POPMIX_CZLIB_H
#define POPMIX_CZLIB_H

#include <zlib.h>

/// Begins to inflate a gzip stream (window bits 15 + 16); returns Z_OK.
static inline int popmix_inflate_gzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

#endif
