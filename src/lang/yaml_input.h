/* A text as libyaml is given it: characters that it would misread stand in disguise. */
#ifndef PAWL_LANG_YAML_INPUT_H
#define PAWL_LANG_YAML_INPUT_H

#include "base/arena.h"
#include "base/rc.h"

struct pawl_yaml_input {
    struct pawl_str text; /* without a byte order mark */
    size_t at;            /* next byte to give */
    bool disguised;       /* some characters are replaced on the way */
    bool ended;           /* the line break at the end was given */
};

/* False: the text cannot be disguised, since it has, at *ret_at, one of the few characters that
 * disguises are made of. text must be valid UTF-8. */
bool pawl_yaml_input_init(struct pawl_yaml_input *input, struct pawl_str text, size_t *ret_at);
/* From the beginning again: libyaml reads the text twice. */
void pawl_yaml_input_rewind(struct pawl_yaml_input *input);
/* A yaml_read_handler_t; data is a struct pawl_yaml_input. */
int pawl_yaml_input_read(void *data, unsigned char *buffer, size_t size, size_t *ret_size);

/* Undoes the disguise in place. False: the text has a character that stands in quotes only. */
bool pawl_yaml_input_restore(const struct pawl_yaml_input *input, char *text, size_t *io_len);
/* Whether a character outside of quotes is one that YAML has no place for there. */
bool pawl_yaml_is_quoted_only(uint32_t code);

#endif
