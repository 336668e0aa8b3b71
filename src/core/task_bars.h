/* What keeps somebody who is asked from deciding a task, in the words that people read: the core
 * refuses with them, and the API tells them beforehand. */
#ifndef PAWL_CORE_TASK_BARS_H
#define PAWL_CORE_TASK_BARS_H

#define PAWL_BAR_STARTED "excluded, because you started it"
#define PAWL_BAR_EXCLUDED "excluded, because the workflow excludes you from this step"
#define PAWL_BAR_DECIDED "excluded, because you have already decided in this step"
#define PAWL_BAR_NOT_ASKED "you are not among those who are asked"

#endif
