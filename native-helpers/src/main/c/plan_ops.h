#ifndef CRIJ_PLAN_OPS_H
#define CRIJ_PLAN_OPS_H

#include "plan.h"

const struct op_spec *op_spec_of(uint16_t tag); /* NULL if there is no such operation */

#endif
