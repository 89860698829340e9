// SPDX-License-Identifier: Apache-2.0

//go:build race

package report_test

// audiencesInTest is fewer: the race detector is slow, and the limits are those of a thousand.
const audiencesInTest = 100
