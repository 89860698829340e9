// SPDX-License-Identifier: Apache-2.0

// Package segment compiles checked rules to kernels over columns.
package segment
