// SPDX-License-Identifier: Apache-2.0

//go:build !failpoints || !unix

package failpoint

import (
	"io"
	"time"
)

// At is a place where a test may end or stop the process.
func At(string) {}

// Do calls f, a call of the operating system that a test may have fail instead.
func Do(_ string, f func() error) error { return f() }

// Write writes b, of which a test may have only a part written.
func Write(_ string, w io.Writer, b []byte) (int, error) { return w.Write(b) }

// Now is the clock; a test may set another.
func Now() time.Time { return time.Now() }

// Shorter returns a span of waiting; a test may have less patience.
func Shorter(d time.Duration) time.Duration { return d }
