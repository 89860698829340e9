// SPDX-License-Identifier: Apache-2.0

#include "textflag.h"

// func fetch(table unsafe.Pointer, places []uint32, size uintptr)
TEXT ·fetch(SB), NOSPLIT, $0-40
	MOVQ table+0(FP), DI
	MOVQ places_base+8(FP), SI
	MOVQ places_len+16(FP), CX
	MOVQ size+32(FP), DX

next:
	MOVL (SI), AX
	CMPL AX, $-1
	JEQ  skip
	IMULQ DX, AX
	PREFETCHT0 (DI)(AX*1)

skip:
	ADDQ $4, SI
	DECQ CX
	JNE  next
	RET
