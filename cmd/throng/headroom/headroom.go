// SPDX-License-Identifier: Apache-2.0

// Package headroom is memory that nobody uses. The collector runs when the heap has
// doubled, so a program that begins with next to nothing would begin with a dozen
// collections. It imports next to nothing, so that it comes before all else that is
// made when a program begins; memory that is never written is never there.
package headroom

import "os"

// bytes is about what a build's heap grows to.
const bytes = 32 << 20

// Room is the memory; none where somebody has told the collector what to do.
var Room = func() []byte {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	return make([]byte, bytes)
}()
