// SPDX-License-Identifier: Apache-2.0

//go:build !race

package report_test

// slower is how much longer code takes without the race detector.
const slower = 1
