// SPDX-License-Identifier: Apache-2.0

// Package bound chooses the segments that a person over the cap is kept in.
package bound
