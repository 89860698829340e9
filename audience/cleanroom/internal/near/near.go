// SPDX-License-Identifier: Apache-2.0

// Package near fetches memory before it is needed.
//
// Tables of millions of people are in no cache, and rows come in no order of
// people. Asked for one by one, every row would wait for memory; asked for some
// hundreds at a time, the delays overlap. Nothing depends on it but time.
package near

import "unsafe"

// line is how much memory comes at a time.
const line = 64

// Fetch asks for the memory of size elements from table[place*size] on, for all
// places but those with all bits set. A place beyond the table is not an error.
func Fetch[T any](table []T, places []uint32, size int) {
	if len(places) == 0 || len(table) == 0 {
		return
	}
	start, each := unsafe.Pointer(unsafe.SliceData(table)), uintptr(size)*unsafe.Sizeof(table[0])
	for at := uintptr(0); at < each; at += line {
		fetch(unsafe.Add(start, at), places, each)
	}
}

// FetchLine is Fetch of the first line of each element alone.
func FetchLine[T any](table []T, places []uint32, size int) {
	if len(places) == 0 || len(table) == 0 {
		return
	}
	fetch(unsafe.Pointer(unsafe.SliceData(table)), places, uintptr(size)*unsafe.Sizeof(table[0]))
}
