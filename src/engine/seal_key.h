/* The file of the key that sensitive values are sealed with. */
#ifndef PAWL_ENGINE_SEAL_KEY_H
#define PAWL_ENGINE_SEAL_KEY_H

#include "base/rc.h"
#include "identity/seal.h"

/* Reads the key at key_path: 64 hexadecimal digits in a file that nobody else can read. id_path is
 * a file beside the store that says which key sealed its values. When neither is there, both are
 * made; the key first, and durable. PAWL_ENOT_FOUND: the key is gone; PAWL_ECONFLICT: it is another
 * one; PAWL_EFORBIDDEN, PAWL_EINVALID, …: what is wrong with it; each says what to do. Only while
 * the store is locked by this process. */
PAWL_CHECKED
enum pawl_rc pawl_seal_key_open(const char *key_path, const char *id_path,
                                struct pawl_seal_key *ret_key, struct pawl_err *err);

#endif
