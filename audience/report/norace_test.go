// SPDX-License-Identifier: Apache-2.0

//go:build !race

package report_test

// audiencesInTest is as many as the page promises to bear.
const audiencesInTest = 1000
