// SPDX-License-Identifier: Apache-2.0

#include "textflag.h"

// func fetch(table unsafe.Pointer, places []uint32, size uintptr)
TEXT ·fetch(SB), NOSPLIT, $0-40
	MOVD table+0(FP), R0
	MOVD places_base+8(FP), R1
	MOVD places_len+16(FP), R2
	MOVD size+32(FP), R3
	MOVD $0xffffffff, R4

next:
	MOVWU.P 4(R1), R5
	CMP  R4, R5
	BEQ  skip
	MADD R3, R0, R5, R6
	PRFM (R6), PLDL1KEEP

skip:
	SUBS $1, R2
	BNE  next
	RET
