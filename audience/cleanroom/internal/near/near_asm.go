// SPDX-License-Identifier: Apache-2.0

//go:build amd64 || arm64

package near

import "unsafe"

//go:noescape
func fetch(table unsafe.Pointer, places []uint32, size uintptr)
