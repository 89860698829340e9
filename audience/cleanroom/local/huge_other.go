// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package local

// slab returns memory for n zero values, and what gives it back.
func slab[T uint32 | int64 | uint64](n int) (s []T, free func()) { return make([]T, n), func() {} }
