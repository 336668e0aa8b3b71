/* Between the two files that make the model: lang_model.c and lang_model_config.c. */
#ifndef PAWL_LANG_MODEL_H
#define PAWL_LANG_MODEL_H

#include "lang/compile.h"

const struct pawl_val *pawl_model_indexes(struct pawl_lang *lang,
                                          const struct pawl_lang_list *indexes);
const struct pawl_val *pawl_model_join(struct pawl_lang *lang, const struct pawl_join *join);
int64_t pawl_model_ms(const struct pawl_val *duration, int64_t otherwise);
/* An expression as text: a boolean is written out, braces are kept. */
const struct pawl_val *pawl_model_expr(struct pawl_lang *lang, const struct pawl_val *written);
void pawl_model_add_task(struct pawl_lang *lang, const struct pawl_lang_step *step,
                         struct pawl_map_builder *map);
void pawl_model_add_cases(struct pawl_lang *lang, const struct pawl_lang_step *step,
                          struct pawl_map_builder *map);
void pawl_model_add_wait(struct pawl_lang *lang, const struct pawl_lang_step *step,
                         struct pawl_map_builder *map);

#endif
