// SPDX-License-Identifier: Apache-2.0

package local

import (
	"syscall"
	"unsafe"

	"github.com/throng-dp/throng/audience/cleanroom/internal/identity"
)

const hugePage = 2 << 20

// slab returns memory for n zero values, and what gives it back. A large one
// lies outside the heap, whose collector would otherwise wait for as much
// garbage again before it collects any, and on huge pages where the system has
// them: tables of millions are read at random, and with small pages every other
// read would first have to ask where its page is.
func slab[T byte | int64 | uint64 | identity.Code](n int) (s []T, free func()) {
	var one T
	size := n * int(unsafe.Sizeof(one))
	if size < 2*hugePage {
		return make([]T, n), func() {}
	}
	all, err := syscall.Mmap(-1, 0, size+hugePage, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return make([]T, n), func() {}
	}
	first := unsafe.Pointer(&all[-uintptr(unsafe.Pointer(&all[0]))%hugePage])
	// Advice: a system without huge pages refuses it, and nothing changes.
	_ = syscall.Madvise(unsafe.Slice((*byte)(first), size), syscall.MADV_HUGEPAGE)
	return unsafe.Slice((*T)(first), n), func() { _ = syscall.Munmap(all) }
}
