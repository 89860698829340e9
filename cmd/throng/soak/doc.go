// SPDX-License-Identifier: Apache-2.0

// Package soak has tests alone: they kill, stop, starve and mislead the real
// binary, built with the tag failpoints, and hold what is left to the
// invariants of docs/ledger.md. `go test` runs a short form of each, `make soak`
// (THRONG_SOAK=1) the long one.
package soak
