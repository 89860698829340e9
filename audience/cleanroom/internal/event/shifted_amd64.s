// SPDX-License-Identifier: Apache-2.0

#include "textflag.h"

// func shiftEights(to *uint32, from *int32, n int, last int32) (beyond int32)
TEXT ·shiftEights(SB), NOSPLIT, $0-36
	MOVQ to+0(FP), DI
	MOVQ from+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL last+24(FP), AX
	MOVQ AX, X7
	PSHUFL $0, X7, X7  // last
	PCMPEQL X6, X6     // -1
	PXOR X5, X5        // what is negative, or beyond

next:
	MOVOU (SI), X0
	MOVOU 16(SI), X1
	MOVO  X0, X2
	MOVO  X1, X3
	POR   X0, X5
	POR   X1, X5
	PCMPGTL X7, X2
	PCMPGTL X7, X3
	POR   X2, X5
	POR   X3, X5
	PSUBL X6, X0
	PSUBL X6, X1
	MOVOU X0, (DI)
	MOVOU X1, 16(DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNE  next

	MOVMSKPS X5, AX    // only signs count
	MOVL AX, beyond+32(FP)
	RET
