// SPDX-License-Identifier: Apache-2.0

package main

import "os"

// headroomBytes is about what a build's heap grows to.
const headroomBytes = 32 << 20

// headroom returns memory that nobody uses, and none where somebody has told the
// collector what to do. The collector runs when the heap has doubled, so a program
// that begins with next to nothing would begin with a dozen collections. Memory
// that is never written is never there.
func headroom() []byte {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	return make([]byte, headroomBytes)
}
