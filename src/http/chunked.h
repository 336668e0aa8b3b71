/* The chunked transfer coding, read piece by piece and strictly. Pure.
 *
 *   chunk = 1*8HEXDIG [ ";" extension ] CRLF data CRLF ; … ; "0" CRLF *( trailer CRLF ) CRLF
 *
 * Extensions and trailers are passed over; each line is bounded and ends with CRLF. Refused: signs,
 * "0x", blanks, sizes past 8 digits, bare CR or LF, control characters. */
#ifndef PAWL_HTTP_CHUNKED_H
#define PAWL_HTTP_CHUNKED_H

#include "base/str.h"

enum pawl_chunked_is {
    PAWL_CHUNKED_MORE, /* everything given was used */
    PAWL_CHUNKED_DATA, /* *ret_data is the next piece of the body; call again with what is left */
    PAWL_CHUNKED_END,  /* the body is whole */
    PAWL_CHUNKED_BAD,
};

struct pawl_chunked { /* starts as all zeros */
    enum {
        PAWL_CHUNKED_AT_SIZE,
        PAWL_CHUNKED_AT_EXTENSION,
        PAWL_CHUNKED_AT_SIZE_LF,
        PAWL_CHUNKED_AT_DATA,
        PAWL_CHUNKED_AT_DATA_CR,
        PAWL_CHUNKED_AT_DATA_LF,
        PAWL_CHUNKED_AT_TRAILER,
        PAWL_CHUNKED_AT_TRAILER_LF,
        PAWL_CHUNKED_AT_LAST_LF,
        PAWL_CHUNKED_IS_OVER,
    } state;
    uint32_t digits;   /* of the size so far */
    uint32_t line;     /* bytes of this extension */
    uint32_t trailers; /* bytes of all trailers */
    uint64_t left;     /* of this chunk: announced and not given yet */
};

/* Uses up to *io_bytes and moves it on. */
enum pawl_chunked_is pawl_chunked_next(struct pawl_chunked *chunked, struct pawl_str *io_bytes,
                                       struct pawl_str *ret_data);

#endif
