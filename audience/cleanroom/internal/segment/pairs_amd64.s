// SPDX-License-Identifier: Apache-2.0

#include "textflag.h"

// The lanes of a plane, twice.
#define LANES(at, x) MOVQ at(AX), x; PUNPCKLQDQ x, x

// func countPairs(c *counting, records *uint64, persons, stride int, masks *uint64, batch int, rows, people *uint32, n int) (done int)
//
// It is counting.count for two rows side by side; see there. X0 to X4 are the lanes
// of the planes, X5 the masks, X6 and X7 the words, X8 to X11 the carries, X12 what
// is full.
TEXT ·countPairs(SB), NOSPLIT, $0-80
	MOVQ c+0(FP), AX
	MOVQ records+8(FP), DI
	MOVQ persons+16(FP), R14
	MOVQ stride+24(FP), DX
	MOVQ masks+32(FP), BX
	MOVQ batch+40(FP), R15
	MOVQ rows+48(FP), SI
	MOVQ people+56(FP), R12
	MOVQ n+64(FP), CX
	SHLQ $3, DX
	LANES(0, X0)
	LANES(8, X1)
	LANES(16, X2)
	LANES(24, X3)
	LANES(32, X4)
	MOVQ 80(AX), R13  // first
	XORQ R8, R8       // rows done
	SUBQ $2, CX

next:
	CMPQ R8, CX
	JGT  end
	MOVL (R12)(R8*4), R10
	MOVL 4(R12)(R8*4), R11
	CMPL R10, R11
	JEQ  end
	CMPQ R10, R14
	JCC  end
	CMPQ R11, R14
	JCC  end
	MOVL (SI)(R8*4), R9
	CMPQ R9, R15
	JCC  end
	MOVQ (BX)(R9*8), X5
	MOVL 4(SI)(R8*4), R9
	CMPQ R9, R15
	JCC  end
	MOVHPS (BX)(R9*8), X5
	IMULQ DX, R10
	IMULQ DX, R11
	ADDQ DI, R10
	ADDQ DI, R11
	MOVQ 88(AX), R9   // second

	PAND X0, X5
	MOVQ (R10)(R13*8), X6
	MOVHPS (R11)(R13*8), X6
	MOVQ (R10)(R9*8), X7
	MOVHPS (R11)(R9*8), X7

	MOVO X6, X8
	MOVQ 40(AX), X14
	PSRLQ X14, X8
	PAND X5, X8
	MOVO X7, X9
	MOVQ 48(AX), X13
	PSRLQ X13, X9
	PAND X8, X9
	PAND X1, X9
	MOVO X7, X10
	MOVQ 56(AX), X13
	PSRLQ X13, X10
	PAND X9, X10
	PAND X2, X10
	MOVO X7, X11
	MOVQ 64(AX), X13
	PSRLQ X13, X11
	PAND X10, X11
	PAND X3, X11
	MOVO X7, X12
	MOVQ 72(AX), X13
	PSRLQ X13, X12
	PAND X11, X12
	PAND X4, X12

	MOVO X1, X13
	PANDN X8, X13
	POR  X13, X12
	MOVO X2, X13
	PANDN X9, X13
	POR  X13, X12
	MOVO X3, X13
	PANDN X10, X13
	POR  X13, X12
	MOVO X4, X13
	PANDN X11, X13
	POR  X13, X12

	MOVO X12, X13
	PANDN X5, X13
	PSLLQ X14, X13
	PXOR X13, X6
	MOVQ X6, (R10)(R13*8)
	MOVHPS X6, (R11)(R13*8)

	MOVO X12, X6
	PANDN X8, X6
	MOVQ 48(AX), X13
	PSLLQ X13, X6
	MOVO X12, X7
	PANDN X9, X7
	MOVQ 56(AX), X13
	PSLLQ X13, X7
	PXOR X7, X6
	MOVO X12, X7
	PANDN X10, X7
	MOVQ 64(AX), X13
	PSLLQ X13, X7
	PXOR X7, X6
	PANDN X11, X12
	MOVQ 72(AX), X13
	PSLLQ X13, X12
	PXOR X12, X6
	MOVQ (R10)(R9*8), X7      // the second word may be the first one
	MOVHPS (R11)(R9*8), X7
	PXOR X6, X7
	MOVQ X7, (R10)(R9*8)
	MOVHPS X7, (R11)(R9*8)

	ADDQ $2, R8
	JMP  next

end:
	MOVQ R8, done+72(FP)
	RET
