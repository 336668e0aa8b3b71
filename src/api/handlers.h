/* The handlers that routes.def names: h_*.c. */
#ifndef PAWL_API_HANDLERS_H
#define PAWL_API_HANDLERS_H

#include "api/route.h"

#define PAWL_X(name, method, path, access, mode, params, body, schema, reply, status, fn, text)    \
    pawl_call_fn fn;
#include "api/routes.def"
#undef PAWL_X

#endif
