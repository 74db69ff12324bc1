/* Entry points shared by libFuzzer and the bounded driver. */
#ifndef CRIJ_FUZZ_H
#define CRIJ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Appends seed number `index`; false when there is none. */
bool fuzz_seed(unsigned index, struct buffer *seed);

#endif
